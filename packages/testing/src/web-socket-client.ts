import { type Target, urlOf } from './worker-address.ts'
import { within } from './within.ts'

/** An open WebSocket. */
export interface WebSocketClient extends Disposable {
  send(text: string): void
  /** Resolves with the next message that comes. */
  next(): Promise<string>
  /** Resolves with the code of the close frame: 1001 when the worker drains (RFC 6455 7.4.1). */
  readonly closed: Promise<number>
}

/** Opens a WebSocket at a path of a worker. Rejects if the handshake is refused. */
export async function openWebSocket(target: Target, path: string): Promise<WebSocketClient> {
  const socket = new WebSocket(urlOf(target, path, 'ws'))
  const opened = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<number>()
  const messages: string[] = []
  let waiting: ((message: string) => void) | undefined

  socket.addEventListener('open', () => opened.resolve())
  socket.addEventListener('error', () =>
    opened.reject(new Error(`the handshake at ${path} was refused`)),
  )
  socket.addEventListener('close', (event) => closed.resolve((event as { code: number }).code))
  socket.addEventListener('message', ({ data }) => {
    if (waiting) waiting(String(data))
    else messages.push(String(data))
  })
  await within(opened.promise, `a WebSocket at ${path}`)

  return {
    send: (text) => socket.send(text),
    async next() {
      const message = messages.shift()
      if (message !== undefined) return message
      const { promise, resolve } = Promise.withResolvers<string>()
      waiting = resolve
      return await within(promise, `a message of the WebSocket at ${path}`).finally(() => {
        waiting = undefined
      })
    },
    closed: closed.promise,
    [Symbol.dispose]: () => socket.close(),
  }
}
