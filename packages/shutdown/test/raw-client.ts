import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A client that does exactly what it is told: it never retries, and knows how its connection ended. */
export class RawClient implements AsyncDisposable {
  received = ''
  /** `closed` after a FIN of the server, else the code of the error. */
  readonly ended: Promise<string>
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => (this.received += text))
    let error = 'closed'
    socket.on('error', (cause: NodeJS.ErrnoException) => (error = cause.code ?? cause.message))
    this.ended = new Promise((resolve) => socket.once('close', () => resolve(error)))
  }

  send(text: string | Buffer): void {
    this.#socket.write(text)
  }

  /** Resolves when the kernel has taken all that was to be sent. */
  async sent(): Promise<void> {
    if (this.#socket.writableLength > 0) await once(this.#socket, 'drain')
  }

  /** Closes this side: the server sees a FIN. */
  halfClose(): void {
    this.#socket.end()
  }

  resume(): void {
    this.#socket.resume()
  }

  pause(): void {
    this.#socket.pause()
  }

  /** Resolves once `text` has come, with all that has; rejects if the connection ends before. */
  async receive(text: string): Promise<string> {
    while (!this.received.includes(text)) {
      const ended = await Promise.race([once(this.#socket, 'data').then(() => ''), this.ended])
      if (ended && !this.received.includes(text))
        throw new Error(`${ended} before ${JSON.stringify(text)}, after: ${this.received}`)
    }
    return this.received
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy()
    await this.ended
  }
}

/** Connects to a port of the loopback interface, and leaves its own side open when the server closes, if told so. */
export async function rawClient(
  port: number,
  options: { readonly allowHalfOpen?: boolean } = {},
): Promise<RawClient> {
  const socket = connect({ ...options, port, host: '127.0.0.1' })
  const client = new RawClient(socket)
  await once(socket, 'connect')
  return client
}

/** The head of a GET request. */
export function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`
}
