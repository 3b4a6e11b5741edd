import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { Server as SecureServer } from 'node:https'

import { type Logger, reportError } from '@nunicorn/contract'

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
  const fail = (error: unknown, request: IncomingMessage, response: ServerResponse): void => {
    const { method, url } = request
    if (isAbort(error, request)) log.debug(`The client of ${method} ${url} has gone`)
    else log.error(`The app threw while it answered ${method} ${url}: ${show(error)}`)
    answerFailure(response)
  }
  return function (this: unknown, request, response) {
    if (hasUnknownLength(request)) return refuse(response)
    try {
      const result: unknown = listener.call(this as Server, request, response)
      if (result instanceof Promise) result.catch((error) => fail(error, request, response))
    } catch (error) {
      fail(error, request, response)
    }
  }
}

/**
 * Whose last transfer coding is not `chunked` has no end that anybody knows: 400 and a close (RFC 9112 6.3). Node closes the
 * connection too, but only after the app has been asked.
 */
function hasUnknownLength({ headers }: IncomingMessage): boolean {
  const codings = headers['transfer-encoding']
  return codings !== undefined && !/(?:^|,)[ \t]*chunked[ \t]*$/i.test(codings)
}

function refuse(response: ServerResponse): void {
  response.writeHead(400, { Connection: 'close' }).end()
}

/** Who reads the body of a client that goes away meanwhile, or writes to it, gets an error that nobody needs to hear of. */
function isAbort(error: unknown, { socket, errored }: IncomingMessage): boolean {
  return socket.destroyed && (error === errored || abortCodes.has(codeOf(error)))
}

const abortCodes: ReadonlySet<unknown> = new Set([
  'ABORT_ERR',
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
])

function codeOf(error: unknown): unknown {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}

/** What was thrown may even refuse to be looked at. */
function show(error: unknown): string {
  try {
    return process.getBuiltinModule('node:util').inspect(error)
  } catch {
    return reportError(error).message
  }
}

function answerFailure(response: ServerResponse): void {
  if (response.writableEnded) return
  if (response.headersSent) return void response.destroy()
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  response.writeHead(500).end('Internal Server Error\n')
}
