import { connect, type Socket } from 'node:net'

import type { AnswerHead } from './answer-head.ts'
import { createAnswerReader, type Reader } from './answer-reader.ts'
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
  /** With `onBody`: how long to wait from one piece to the next (timeoutMs, which then is for the head). */
  readonly pieceTimeoutMs?: number
  /** Sees the head of the answer while its body is still coming. */
  readonly onHead?: (head: AnswerHead) => void
  /** Gets the body piece by piece; the answer's own is empty then. Nothing is read while a promise of it is pending. */
  readonly onBody?: (piece: Buffer) => void | Promise<void>
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
  /** Resolves when there are unread bytes, or the connection has ended. */
  arrival(): Promise<void>
  /**
   * Reads the next answer; one at a time, so of pipelined requests one after the other.
   *
   * @throws RequestError what went wrong instead; an answer that is complete and of any status is not an error
   */
  readAnswer(options?: ReadOptions): Promise<Answer>
  /**
   * Reads one thing of another protocol, after a 101.
   *
   * @throws RequestError what went wrong instead
   */
  read<T>(reader: Reader<T>, options?: Pick<ReadOptions, 'timeoutMs'>): Promise<T>
  /** Half-closes: sends FIN, and goes on reading. */
  end(): void
  /** Ends the connection with RST. */
  reset(): void
  /** Closes both directions. Idempotent. */
  close(): Promise<void>
}

interface PendingRead {
  readonly reader: Reader<unknown>
  /** How long to wait for the next piece of a body; undefined if the first deadline is for the whole. */
  pieceMs: number | undefined
  readonly resolve: (value: never) => void
  readonly reject: (error: RequestError) => void
  cancelDeadline: () => void
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
  #onArrival: (() => void) | undefined
  #errorCode = ''
  #busy = 0

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

  arrival(): Promise<void> {
    if (this.#unread.length > 0 || this.#ending) return Promise.resolve()
    const arrived = new Promise<void>((resolve) => (this.#onArrival = resolve))
    return Promise.race([arrived, this.closed.then(() => {})])
  }

  readAnswer(options: ReadOptions = {}): Promise<Answer> {
    const { method = 'GET', timeoutMs = 4000, pieceTimeoutMs = timeoutMs, onHead, onBody } = options
    const reader = createAnswerReader(method, {
      onHead: (head) => {
        if (onBody && this.#read) this.#read.pieceMs = pieceTimeoutMs
        this.#restartDeadline()
        onHead?.(head)
      },
      onBody: onBody && ((piece) => this.#waitFor(onBody(piece))),
    })
    return this.read(reader, { timeoutMs })
  }

  read<T>(reader: Reader<T>, { timeoutMs = 4000 } = {}): Promise<T> {
    if (this.#read) throw new Error('another answer is being read')
    return new Promise((resolve, reject) => {
      const cancelDeadline = this.#startDeadline(timeoutMs)
      const pieceMs = undefined
      this.#read = { reader, pieceMs, cancelDeadline, resolve, reject, bytesReceived: 0 }
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

  #startDeadline(ms: number): () => void {
    return startDeadline(ms, () => this.#fail('timeout', `no whole answer within ${ms} ms`))
  }

  /** The reader of the bytes is busy: neither reads on nor lets the deadline pass meanwhile. */
  #waitFor(busy: void | Promise<void>): void {
    if (!busy) return
    this.#busy++
    this.#read?.cancelDeadline()
    this.#socket.pause()
    void busy.then(() => {
      if (--this.#busy > 0) return
      this.#restartDeadline()
      this.#socket.resume()
    })
  }

  #restartDeadline(): void {
    const read = this.#read
    if (read?.pieceMs === undefined) return
    read.cancelDeadline()
    read.cancelDeadline = this.#startDeadline(read.pieceMs)
  }

  #onData(bytes: Buffer): void {
    const read = this.#read
    if (!read) {
      this.#unread.push(bytes)
      this.#onArrival?.()
      return
    }
    read.bytesReceived += bytes.length
    this.#restartDeadline()
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

  #advance(read: PendingRead, step: () => unknown): void {
    try {
      const value = step()
      if (value === undefined) return
      this.#finishRead(read)
      read.resolve(value as never)
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
