import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import { inspect } from 'node:util'

import type { Logger } from '@nunicorn/contract'

/** The events that come with a request and its response. */
const events = ['request', 'checkContinue', 'checkExpectation']

/**
 * Makes a request listener that throws, or whose promise rejects, cost its own request and not the whole worker with all
 * that it holds: the error is logged, and the client gets a 500 or, if the answer has begun, a closed connection.
 */
export function guardRequests(server: Server | SecureServer, log: Logger): void {
  for (const event of events) {
    for (const listener of server.listeners(event) as RequestListener[]) {
      server.off(event, listener)
      server.on(event, guarded(listener, log))
    }
  }
}

function guarded(listener: RequestListener, log: Logger): RequestListener {
  const fail = (
    error: unknown,
    { method, url }: IncomingMessage,
    response: ServerResponse,
  ): void => {
    log.error(`The app threw while it answered ${method} ${url}: ${inspect(error)}`)
    answerFailure(response)
  }
  return function (this: unknown, request, response) {
    try {
      const result: unknown = listener.call(this as Server, request, response)
      if (result instanceof Promise) result.catch((error) => fail(error, request, response))
    } catch (error) {
      fail(error, request, response)
    }
  }
}

function answerFailure(response: ServerResponse): void {
  if (response.writableEnded) return
  if (response.headersSent) return void response.destroy()
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  response.writeHead(500).end('Internal Server Error\n')
}
