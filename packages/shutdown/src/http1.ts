import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

import { endCleanly, isEventStream } from './event-stream.ts'
import { closeGently, sayClose } from './last-answer.ts'
import type { CutWork } from './report.ts'

interface Exchange {
  readonly answer: ServerResponse<IncomingMessage>
  readonly startedAt: number
}

interface Connection {
  readonly openedAt: number
  /** Whether a request has come on it, so that an answer has promised it an idle time. */
  used: boolean
  /** Since when it has been waiting in a drain. */
  quietSince: number
  /** Unfinished ones, oldest first; more than one only if the client pipelines. */
  readonly exchanges: Exchange[]
}

/** The HTTP/1 connections of a server. `begin` and `#end` are on the path of every request: they are kept bare. */
export class Http1 {
  requests = 0
  inFlight = 0
  readonly #connections = new Map<Socket, Connection>()
  readonly #headersTimeoutMs: number
  /** One function for all answers, which Node calls with the answer as `this`. */
  readonly #onAnswerClose: (this: ServerResponse<IncomingMessage>) => void
  #draining = false

  constructor(options: { readonly headersTimeoutMs: number }) {
    this.#headersTimeoutMs = options.headersTimeoutMs
    const end = this.#end.bind(this)
    this.#onAnswerClose = function () {
      end(this)
    }
  }

  get size(): number {
    return this.#connections.size
  }

  open(socket: Socket): Connection {
    const openedAt = performance.now()
    const connection: Connection = { openedAt, used: false, quietSince: openedAt, exchanges: [] }
    this.#connections.set(socket, connection)
    socket.on('close', () => this.forget(socket))
    if (this.#draining) this.#closeOnTimeout(socket, connection)
    return connection
  }

  /** For a socket that has closed, or that speaks another protocol from now on. */
  forget(socket: Socket): void {
    const connection = this.#connections.get(socket)
    if (!connection) return
    // Not every Node closes the answers that were queued behind the one on the wire.
    this.inFlight -= connection.exchanges.length
    this.#connections.delete(socket)
  }

  /** For `request`, `checkContinue` and `checkExpectation`; the same answer may come by several times. */
  begin(answer: ServerResponse<IncomingMessage>): void {
    const { socket } = answer.req
    const connection = this.#connections.get(socket) ?? this.open(socket)
    const { exchanges } = connection
    if (exchanges.length > 0 && indexOf(exchanges, answer) !== -1) return
    connection.used = true
    exchanges.push({ answer, startedAt: performance.now() })
    this.requests += 1
    this.inFlight += 1
    answer.on('close', this.#onAnswerClose)
    if (this.#draining) this.#makeLast(answer, exchanges)
  }

  #end(answer: ServerResponse<IncomingMessage>): void {
    const connection = this.#connections.get(answer.req.socket)
    const index = connection ? indexOf(connection.exchanges, answer) : -1
    if (!connection || index === -1) return
    if (index === 0) connection.exchanges.shift()
    else connection.exchanges.splice(index, 1)
    this.inFlight -= 1
    if (this.#draining) connection.quietSince = performance.now()
  }

  drain(now: number): void {
    this.#draining = true
    for (const [socket, connection] of this.#connections) {
      connection.quietSince = now
      this.#closeOnTimeout(socket, connection)
      for (const { answer } of connection.exchanges) this.#makeLast(answer, connection.exchanges)
    }
  }

  /** Closes the connections to which no idle time was promised, once they have been quiet for the header timeout. */
  sweep(now: number): void {
    for (const [socket, { used, exchanges, quietSince }] of this.#connections) {
      const promised = used && socket.timeout !== undefined && socket.timeout > 0
      if (exchanges.length === 0 && !promised && now - quietSince >= this.#headersTimeoutMs)
        socket.destroy()
    }
  }

  /** Ends the event streams, destroys every other connection, and says what was going on. */
  cut(now: number): CutWork[] {
    return [...this.#connections].flatMap(([socket, connection]) => {
      const [first] = connection.exchanges
      const streaming = connection.exchanges.length === 1 && first && isEventStream(first.answer)
      const work = workOn(socket, connection, now)
      if (!streaming) {
        socket.destroy()
        return work
      }
      endCleanly(first.answer)
      socket.destroySoon()
      return work.map((cut): CutWork => ({ ...cut, kind: 'event-stream' }))
    })
  }

  #makeLast(answer: ServerResponse<IncomingMessage>, exchanges: readonly Exchange[]): void {
    sayClose(answer, () => {
      const last = exchanges.at(-1)?.answer === answer
      if (last) closeGently(answer.req, { quietMs: this.#headersTimeoutMs })
      return last
    })
  }

  /**
   * Node counts the promised idle time (`Keep-Alive: timeout=N` and keepAliveTimeoutBuffer, from the last answer) with the
   * timeout of the socket, but leaves the closing to the app where it listens to the server's `timeout` event.
   */
  #closeOnTimeout(socket: Socket, { exchanges }: Connection): void {
    socket.on('timeout', () => {
      if (exchanges.length === 0 && this.#connections.has(socket)) socket.destroy()
    })
  }
}

function workOn(socket: Socket, { openedAt, exchanges }: Connection, now: number): CutWork[] {
  const bytes = socket.bytesWritten
  if (exchanges.length === 0) return [{ kind: 'idle', ageMs: Math.round(now - openedAt), bytes }]
  return exchanges.map(({ answer: { req }, startedAt }) => {
    const ageMs = Math.round(now - startedAt)
    return { kind: 'request', method: req.method!, url: req.url!, ageMs, bytes }
  })
}

function indexOf(exchanges: readonly Exchange[], answer: ServerResponse): number {
  for (let index = 0; index < exchanges.length; index++)
    if (exchanges[index]!.answer === answer) return index
  return -1
}
