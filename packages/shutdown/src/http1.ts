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
  /** Since when a draining server has seen it without a request. */
  quietSince: number
  /** Oldest first; more than one only if the client pipelines. Those that have ended are taken out when it is looked at. */
  readonly exchanges: Exchange[]
}

/** How old what is known of a connection may be: the resolution of ages, and how long an ended answer is held on to. */
const tickMs = 250

/**
 * The HTTP/1 connections of a server. `begin` is on the path of every request, so that it reads no clock, adds no listener
 * and looks nothing up but the connection; whether an answer has ended is asked of the answer when it matters.
 */
export class Http1 {
  requests = 0
  readonly #connections = new Map<Socket, Connection>()
  readonly #headersTimeoutMs: number
  #draining = false
  #now = 0
  #ticks: NodeJS.Timeout | undefined

  constructor(options: { readonly headersTimeoutMs: number }) {
    this.#headersTimeoutMs = options.headersTimeoutMs
  }

  get size(): number {
    return this.#connections.size
  }

  get inFlight(): number {
    let inFlight = 0
    for (const { exchanges } of this.#connections.values()) inFlight += pending(exchanges)
    return inFlight
  }

  open(socket: Socket): Connection {
    if (this.#connections.size === 0) this.#startTicking()
    const openedAt = performance.now()
    const connection: Connection = { openedAt, used: false, quietSince: openedAt, exchanges: [] }
    this.#connections.set(socket, connection)
    socket.on('close', () => this.forget(socket))
    if (this.#draining) this.#closeOnTimeout(socket, connection)
    return connection
  }

  /** For a socket that has closed, or that speaks another protocol from now on. */
  forget(socket: Socket): void {
    this.#connections.delete(socket)
    if (this.#connections.size === 0) clearInterval(this.#ticks)
  }

  /** For `request`, `checkContinue` and `checkExpectation`; the same answer may come by several times. */
  begin(answer: ServerResponse<IncomingMessage>): void {
    const { socket } = answer.req
    const connection = this.#connections.get(socket) ?? this.open(socket)
    const { exchanges } = connection
    if (pending(exchanges) > 0 && exchanges.some((exchange) => exchange.answer === answer)) return
    connection.used = true
    exchanges.push({ answer, startedAt: this.#now })
    this.requests += 1
    if (this.#draining) this.#makeLast(answer, exchanges)
  }

  drain(now: number): void {
    this.#draining = true
    for (const [socket, connection] of this.#connections) {
      connection.quietSince = now
      this.#closeOnTimeout(socket, connection)
      pending(connection.exchanges)
      for (const { answer } of connection.exchanges) this.#makeLast(answer, connection.exchanges)
    }
  }

  /** Closes the connections to which no idle time was promised, once they have been quiet for the header timeout. */
  sweep(now: number): void {
    for (const [socket, connection] of this.#connections) {
      const promised = connection.used && socket.timeout !== undefined && socket.timeout > 0
      if (promised || pending(connection.exchanges) > 0) connection.quietSince = now
      else if (now - connection.quietSince >= this.#headersTimeoutMs) socket.destroy()
    }
  }

  /** Ends the event streams, destroys every other connection, and says what was going on. */
  cut(now: number): CutWork[] {
    return [...this.#connections].flatMap(([socket, connection]) => {
      const alone = pending(connection.exchanges) === 1
      const [first] = connection.exchanges
      const streaming = alone && first && isEventStream(first.answer)
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
      if (pending(exchanges) === 0 && this.#connections.has(socket)) socket.destroy()
    })
  }

  /** Tells the time, and lets go of ended answers, and thus of all that an app has tied to them. */
  #startTicking(): void {
    this.#now = performance.now()
    this.#ticks = setInterval(() => {
      this.#now = performance.now()
      for (const { exchanges } of this.#connections.values()) pending(exchanges)
    }, tickMs).unref()
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

/** Takes out the answers that have ended, and counts those that have not. */
function pending(exchanges: Exchange[]): number {
  // Node marks an answer as destroyed when it has handed all of it to the kernel and has let go of the socket.
  while (exchanges.length > 0 && exchanges[0]!.answer.destroyed) {
    if (exchanges.length === 1) exchanges.pop()
    else exchanges.shift()
  }
  return exchanges.length
}
