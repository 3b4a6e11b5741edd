import { connect, type Socket } from 'node:net'

/** An answer, and the connection on which it came: still open, unless the server closed it. */
export interface Answer {
  /** The process that answered. */
  readonly pid: number
  readonly socket: Socket
}

/** What the load consists of, too. */
export const requestHead = (how: { readonly keepAlive: boolean }): string =>
  `GET / HTTP/1.1\r\nHost: localhost\r\n${how.keepAlive ? '' : 'Connection: close\r\n'}\r\n`

/** Sends one request over a new connection. Rejects when it is refused, reset, or closed before the answer was complete. */
export function ask(port: number): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let received = ''
  socket.setEncoding('latin1')
  socket.on('connect', () => socket.write(requestHead({ keepAlive: true })))
  socket.on('data', (chunk: string) => {
    received += chunk
    if (isComplete(received)) resolve({ pid: pidIn(received), socket })
  })
  socket.on('error', reject)
  socket.on('close', () => reject(new Error(`closed before the answer was complete: ${received}`)))
  return promise
}

/** Whether `received` holds a whole answer; the app sends its length. */
export function isComplete(received: string): boolean {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd === -1) return false
  const length = /^content-length: (\d+)\r$/im.exec(received)?.[1]
  return length !== undefined && received.length >= headEnd + 4 + Number(length)
}

function pidIn(answer: string): number {
  const body: unknown = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))
  return (body as { readonly pid: number }).pid
}
