import { once } from 'node:events'
import {
  Agent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
} from 'node:http'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'

import { within } from './within.ts'
import { placeOf, type Target } from './worker-address.ts'

/** A client with one connection, which it keeps as long as the server does. It never sends anything twice. */
export interface Client extends Disposable {
  get(path: string): Promise<Answer>
  /** Begins a request with a body that the caller sends. */
  post(path: string): ClientRequest
  /** Sends half of a body to /echo. Resolves when it has come back: now the request is surely in flight. */
  hold(): Promise<HeldRequest>
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Whether the connection had carried a request before. */
  readonly reused: boolean
}

/** A request of which the app has echoed one half and not yet got the other. */
export interface HeldRequest {
  /** Sends the other half. The answer's whole body is {@link heldBody} if nothing was lost. */
  finish(): Promise<string>
  abort(): void
  /** Resolves when the connection has gone. */
  closed(): Promise<unknown>
}

const halves = ['first half, ', 'second half'] as const
export const heldBody: string = halves.join('')

export function createClient(target: Target): Client {
  // At once, because a worker that drains has no address.
  const { path: socketPath, ...host } = placeOf(target)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })

  function send(method: string, path: string): ClientRequest {
    const sent = request({ ...host, ...(socketPath && { socketPath }), agent, method, path })
    // A failure is seen by whoever waits for the response, or reads it.
    return sent.on('error', () => {})
  }

  return {
    async get(path) {
      const sent = send('GET', path)
      sent.end()
      const response = await responseTo(sent)
      const body = await within(text(response), `the end of the answer to GET ${path}`)
      const { statusCode: status = 0, headers } = response
      return { status, headers, body, reused: sent.reusedSocket }
    },
    post: (path) => send('POST', path),
    async hold() {
      const sent = send('POST', '/echo')
      sent.write(halves[0])
      return await held(sent, await responseTo(sent))
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}

/** A bare connection, for what node:http would not send. */
export async function openSocket(target: Target): Promise<Socket> {
  const socket = connect(placeOf(target))
  await within(once(socket, 'connect'), 'a connection')
  return socket
}

/** Sends the lines of a request's head as they are, and a body; resolves with all that comes until the server closes. */
export async function ask(target: Target, lines: readonly string[], body = ''): Promise<string> {
  const socket = await openSocket(target)
  socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`)
  return await within(text(socket), `the end of the connection that asked ${lines[0]}`)
}

/** What a response's body brings, one chunk at each call; an empty one when it has ended. */
export function chunksOf({ body }: Response): () => Promise<string> {
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader()
  return async () => (await reader?.read())?.value ?? ''
}

export async function responseTo(sent: ClientRequest): Promise<IncomingMessage> {
  const what = `the answer to ${sent.method} ${sent.path}`
  const [response] = await within(once(sent, 'response'), what)
  return response as IncomingMessage
}

async function held(sent: ClientRequest, response: IncomingMessage): Promise<HeldRequest> {
  const closed = Promise.withResolvers<void>()
  response.once('close', closed.resolve)
  const chunks = response.setEncoding('utf8')[Symbol.asyncIterator]() as AsyncIterator<string>
  let body = ''

  async function read(until: (body: string) => boolean): Promise<string> {
    while (!until(body)) {
      const { value, done } = await chunks.next()
      if (done) break
      body += value
    }
    return body
  }

  await within(
    read((body) => body === halves[0]),
    'the first half of a body to come back from POST /echo',
  )
  return {
    finish() {
      sent.end(halves[1])
      return within(
        read(() => false),
        'the end of the answer to POST /echo',
      )
    },
    abort: () => void sent.destroy(),
    closed: () => within(closed.promise, 'the end of the connection that POST /echo is on'),
  }
}
