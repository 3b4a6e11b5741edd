import { connect, type Socket } from 'node:net'

import { type AnswerReader, createAnswerReader } from './answer-reader.ts'
import type { Answer } from './answer.ts'
import { startDeadline } from './deadline.ts'
import { type FailedOutcome, outcomeOfConnectError, RequestError } from './outcome.ts'
import { connectOptions, type Target } from './target.ts'

export interface OpenOptions {
  /** How long connecting may take (4000). */
  readonly timeoutMs?: number
}

export interface ReadOptions {
  /** Of the request that is answered (GET): HEAD has no body. */
  readonly method?: string
  /** How long the answer may take from now to its last byte (4000). */
  readonly timeoutMs?: number
}

/** Who ended the connection, and how. `closed-here` includes {@link Connection.reset}. */
export type Ending = 'fin' | 'reset' | 'closed-here'

/** A raw connection that does what it is told and nothing more. Closed, when disposed of. */
export interface Connection extends AsyncDisposable {
  /** The client's port, by which the server's side knows this connection; none on a Unix socket. */
  readonly localPort: number | undefined
  /** Set once the connection has ended. */
  readonly ending: Ending | undefined
  /** Resolves when the server ends the connection, or it is closed here. */
  readonly closed: Promise<Ending>
  /** How many bytes have come that no {@link readAnswer} has taken. */
  readonly unreadBytes: number
  /** Resolves when the kernel has taken the bytes, or the connection has ended: that is for {@link closed} to tell. */
  send(bytes: string | Uint8Array): Promise<void>
  /**
   * Reads the next answer; one at a time, so of pipelined requests one after the other.
   *
   * @throws RequestError what went wrong instead; an answer that is complete and of any status is not an error
   */
  readAnswer(options?: ReadOptions): Promise<Answer>
  /** Half-closes: sends FIN, and goes on reading. */
  end(): void
  /** Ends the connection with RST. */
  reset(): void
  /** Closes both directions. Idempotent. */
  close(): Promise<void>
}

interface PendingRead {
  readonly reader: AnswerReader
  readonly cancelDeadline: () => void
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: RequestError) => void
  bytesReceived: number
}

/**
 * Opens one connection, once.
 *
 * @throws RequestError `refused`, `reset-before-bytes`, `timeout` or `client-error`
 */
export function openConnection(
  target: Target,
  { timeoutMs = 4000 }: OpenOptions = {},
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = connect(connectOptions(target))
    const fail = (error: RequestError): void => {
      cancelDeadline()
      socket.destroy()
      reject(error)
    }
    const cancelDeadline = startDeadline(timeoutMs, () =>
      fail(new RequestError('timeout', `not connected within ${timeoutMs} ms`)),
    )
    const onError = (error: NodeJS.ErrnoException): void =>
      fail(new RequestError(outcomeOfConnectError(error.code), `connect: ${error.code}`))
    socket.once('error', onError)
    socket.once('connect', () => {
      cancelDeadline()
      socket.off('error', onError)
      resolve(new RawConnection(socket))
    })
  })
}

class RawConnection implements Connection {
  readonly localPort: number | undefined
  readonly closed: Promise<Ending>
  readonly #socket: Socket
  readonly #gone: Promise<void>
  #ending: Ending | undefined
  #settleClosed!: (ending: Ending) => void
  #read: PendingRead | undefined
  #unread: Buffer[] = []
  #errorCode = ''

  constructor(socket: Socket) {
    this.#socket = socket
    // Asked now: a destroyed socket has forgotten it.
    this.localPort = socket.localPort
    this.closed = new Promise((resolve) => (this.#settleClosed = resolve))
    this.#gone = new Promise((resolve) => socket.once('close', () => resolve()))
    socket.on('data', (bytes) => this.#onData(bytes))
    socket.on('end', () => this.#onEnd('fin'))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#errorCode = error.code ?? error.message
      this.#onEnd('reset')
    })
  }

  get ending(): Ending | undefined {
    return this.#ending
  }

  get unreadBytes(): number {
    return this.#unread.reduce((sum, bytes) => sum + bytes.length, 0)
  }

  send(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.write(bytes, () => resolve())
    })
  }

  readAnswer({ method = 'GET', timeoutMs = 4000 }: ReadOptions = {}): Promise<Answer> {
    if (this.#read) throw new Error('another answer is being read')
    return new Promise((resolve, reject) => {
      const expire = (): void => this.#fail('timeout', `no whole answer within ${timeoutMs} ms`)
      const cancelDeadline = startDeadline(timeoutMs, expire)
      const reader = createAnswerReader(method)
      this.#read = { reader, cancelDeadline, resolve, reject, bytesReceived: 0 }
      for (const bytes of this.#unread.splice(0)) this.#onData(bytes)
      if (this.#ending) this.#endRead(this.#ending)
    })
  }

  end(): void {
    this.#socket.end()
  }

  reset(): void {
    this.#onEnd('closed-here')
    this.#socket.resetAndDestroy()
  }

  close(): Promise<void> {
    this.#onEnd('closed-here')
    this.#socket.destroy()
    return this.#gone
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #onData(bytes: Buffer): void {
    const read = this.#read
    if (!read) {
      this.#unread.push(bytes)
      return
    }
    read.bytesReceived += bytes.length
    this.#advance(read, () => read.reader.push(bytes))
  }

  #onEnd(ending: Ending): void {
    if (this.#ending) return
    this.#ending = ending
    this.#settleClosed(ending)
    this.#endRead(ending)
  }

  #endRead(ending: Ending): void {
    if (this.#read && ending === 'fin') {
      const { reader } = this.#read
      this.#advance(this.#read, () => reader.end())
    }
    if (!this.#read) return
    const { outcome, detail } = unfinished(ending, this.#errorCode)
    const begun = this.#read.bytesReceived > 0 && ending !== 'closed-here'
    this.#fail(begun ? 'cut-short' : outcome, detail)
  }

  #advance(read: PendingRead, step: () => Answer | undefined): void {
    try {
      const answer = step()
      if (!answer) return
      this.#finishRead(read)
      read.resolve(answer)
    } catch (error) {
      this.#fail('wrong-answer', (error as Error).message)
    }
  }

  #fail(outcome: FailedOutcome, detail: string): void {
    const read = this.#read
    if (!read) return
    this.#finishRead(read)
    read.reject(new RequestError(outcome, detail, read.bytesReceived))
  }

  #finishRead(read: PendingRead): void {
    read.cancelDeadline()
    this.#read = undefined
    const rest = read.reader.rest()
    if (rest.length > 0) this.#unread.push(rest)
  }
}

/** What an ending means to a request of whose answer not a byte has come. */
function unfinished(ending: Ending, code: string): { outcome: FailedOutcome; detail: string } {
  switch (ending) {
    case 'fin':
      return { outcome: 'closed-unanswered', detail: 'FIN' }
    case 'reset':
      return { outcome: 'reset-before-bytes', detail: code }
    case 'closed-here':
      return { outcome: 'client-error', detail: 'closed here' }
  }
}
