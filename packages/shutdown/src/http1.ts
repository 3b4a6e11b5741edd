import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

import { endCleanly, isEventStream } from './event-stream.ts'
import {
  type Ending,
  type ExchangeWatcher,
  failureOf,
  hasLeft,
  headOf,
  Http1Exchange,
  OtherExchange,
} from './exchange.ts'
import { gentleClose, sayClose } from './last-answer.ts'
import type { CutWork } from './report.ts'
import { type Member, nowhere, Roster } from './roster.ts'

/** What Node says on its diagnostics channels `http.server.request.start` and `http.server.response.finish`. */
export interface HttpMessages {
  readonly socket: Socket
  readonly response: ServerResponse<IncomingMessage>
}

/** An HTTP/1 connection. */
export interface OpenConnection {
  readonly socket: Socket
  /** Oldest first; more than one only if the client pipelines. */
  readonly exchanges: readonly Http1Exchange[]
}

interface Connection extends OpenConnection, Member {
  readonly openedAt: number
  /** Whether a request has come on it, so that an answer has promised it an idle time. */
  used: boolean
  /** Whether a second one has come. */
  kept: boolean
  /** When it was decided that its next answer shall be its last. */
  shedAt: number | undefined
  /** Whether an answer has been told so. */
  asked: boolean
  /** Whether the last answer that has begun was told so by its field: see `#shedWith`. */
  toldByField: boolean
  /** Since when a draining server has seen it without a request. */
  quietSince: number
  readonly exchanges: Http1Exchange[]
  readonly remoteAddress: string | undefined
  /** Sent by the answers that have ended, heads included. */
  bytesAnswered: number
  /** What Node could not read, where the app deals with that itself. */
  error: unknown
}

/** A connection that has been told to end and has had no request for so long may as well stay. */
const toldMs = 3_000
/** An answer that takes longer may be a stream. */
const longMs = 1_000

/**
 * The HTTP/1 connections of a server. `begin` and `end` are on the path of every request, so that they read the clock once
 * (35 ns), add no listener and look nothing up but the connection; and nothing is held on to once it has ended, because
 * an answer that outlives its request makes the garbage collector copy it.
 */
export class Http1 {
  requests = 0
  inFlight = 0
  /** Connections that have carried more than one request. */
  kept = 0
  readonly #connections = new Roster<Connection>()
  /** The property by which a socket knows its connection here; a map of them would be one more of what {@link Roster} tells. */
  readonly #carried = Symbol('nunicorn.connection')
  readonly #headersTimeoutMs: number
  readonly #watcher: ExchangeWatcher | undefined
  readonly #closeGently: (this: Socket) => void
  #draining = false

  constructor(options: {
    readonly headersTimeoutMs: number
    readonly watcher?: ExchangeWatcher | undefined
  }) {
    this.#headersTimeoutMs = options.headersTimeoutMs
    this.#watcher = options.watcher
    this.#closeGently = gentleClose({ quietMs: options.headersTimeoutMs })
  }

  get size(): number {
    return this.#connections.size
  }

  get connections(): Iterable<OpenConnection> {
    return this.#connections
  }

  open(socket: Socket): Connection {
    const openedAt = performance.now()
    const connection: Connection = {
      socket,
      place: nowhere,
      openedAt,
      used: false,
      kept: false,
      shedAt: undefined,
      asked: false,
      toldByField: false,
      quietSince: openedAt,
      exchanges: [],
      // Of a socket that has closed nobody can tell any more.
      remoteAddress: this.#watcher?.details ? socket.remoteAddress : undefined,
      bytesAnswered: 0,
      error: undefined,
    }
    this.#connections.add(connection)
    this.#carry(socket, connection)
    socket.destroySoon = this.#closeGently
    if (this.#draining) this.#closeOnTimeout(connection)
    return connection
  }

  /** For a socket that has closed, or that speaks another protocol from now on. */
  forget(socket: Socket): void {
    const connection = this.#find(socket)
    if (connection === undefined) return
    const { exchanges } = connection
    this.inFlight -= exchanges.length
    if (connection.kept) this.kept -= 1
    this.#connections.delete(connection)
    this.#carry(socket, undefined)
    if (exchanges.length === 0) this.#reportRefusal(connection)
    for (const exchange of exchanges) this.#breakOff(exchange, connection)
  }

  /** Node could not read what came, and has left it to the app to say so. */
  failed(socket: Socket, error: unknown): void {
    const connection = this.#find(socket)
    if (connection) connection.error = error
  }

  /** A request has come; nobody has seen it yet, so that its answer can still be told to be the last. */
  begin({ socket, response: answer }: HttpMessages): void {
    const connection = this.#used(socket)
    const { exchanges } = connection
    exchanges.push(new Http1Exchange(answer, performance.now(), connection))
    this.requests += 1
    this.inFlight += 1
    if (connection.toldByField) takeBack(connection)
    if (this.#draining) this.#makeLast(answer, exchanges)
    else if (connection.shedAt !== undefined) this.#shedWith(answer, connection)
    if (this.#watcher?.begun) {
      const { headers, rawHeaders } = answer.req
      this.#watcher.begun({ headers, rawHeaders, remoteAddress: connection.remoteAddress })
    }
  }

  /** An answer has been handed to the kernel whole: the oldest one of its connection, as they go out in order. */
  end({ socket }: HttpMessages): void {
    const connection = this.#find(socket)
    const exchange = connection?.exchanges.shift()
    if (exchange === undefined) return
    this.inFlight -= 1
    this.#end(exchange, connection!)
  }

  drain(now: number): void {
    this.#draining = true
    for (const connection of this.#connections) {
      connection.quietSince = now
      this.#closeOnTimeout(connection)
      for (const { answer } of connection.exchanges) this.#makeLast(answer, connection.exchanges)
    }
  }

  /**
   * Has the next answers on so many kept connections say that they are the last; those that were told lately and are still
   * there count as well. Idle ones come first, as they can wait; a long answer, an event stream above all, may have no next.
   */
  shed(count: number): void {
    const now = performance.now()
    const all = [...this.#connections].filter(({ kept }) => kept)
    const told = all.filter(({ shedAt }) => shedAt !== undefined && now - shedAt < toldMs)
    const untold = all.filter(
      ({ shedAt, exchanges: [oldest] }) =>
        shedAt === undefined && (oldest === undefined || now - oldest.startedAt < longMs),
    )
    untold.sort((a, b) => a.exchanges.length - b.exchanges.length)
    for (const connection of untold.slice(0, Math.max(0, count - told.length)))
      connection.shedAt = now
  }

  /** Closes the connections to which no idle time was promised, once they have been quiet for the header timeout. */
  sweep(now: number): void {
    for (const connection of this.#connections) {
      const { socket } = connection
      const promised = connection.used && socket.timeout !== undefined && socket.timeout > 0
      if (promised || connection.exchanges.length > 0) connection.quietSince = now
      else if (now - connection.quietSince >= this.#headersTimeoutMs) socket.destroy()
    }
  }

  /** Ends the event streams, destroys every other connection, and says what was going on: on the oldest connection first. */
  cut(now: number): CutWork[] {
    const byAge = [...this.#connections].sort((a, b) => a.openedAt - b.openedAt)
    return byAge.flatMap((connection) => {
      const { socket } = connection
      const [first, second] = connection.exchanges
      const streaming = first && !second && isEventStream(first.answer)
      for (const exchange of connection.exchanges) exchange.doom ??= 'cut'
      const work = workOn(connection, now)
      if (!streaming) {
        socket.destroy()
        return work
      }
      endCleanly(first.answer)
      socket.destroySoon()
      return work.map((cut): CutWork => ({ ...cut, kind: 'event-stream' }))
    })
  }

  /**
   * To replace a method on one answer makes V8 throw away all that it has compiled for answers, which the next hundreds of
   * requests wait for: acceptable in a worker that leaves, not in one that only lets a connection go. So the first answer is
   * told by the field that Node itself decides with. Where that has not been enough, because the client pipelines or because the
   * app writes `Connection: keep-alive` itself, the next one is told as in a drain.
   */
  #shedWith(answer: ServerResponse<IncomingMessage>, connection: Connection): void {
    const { exchanges, asked } = connection
    connection.asked = true
    if (asked || exchanges.length > 1 || !answer.shouldKeepAlive)
      return this.#makeLast(answer, exchanges)
    connection.toldByField = true
    answer.shouldKeepAlive = false
  }

  #makeLast(answer: ServerResponse<IncomingMessage>, exchanges: readonly Http1Exchange[]): void {
    sayClose(answer, () => exchanges.at(-1)?.answer === answer)
  }

  /**
   * Node counts the promised idle time (`Keep-Alive: timeout=N` and keepAliveTimeoutBuffer, from the last answer) with the
   * timeout of the socket, but leaves the closing to the app where it listens to the server's `timeout` event.
   */
  #closeOnTimeout({ socket, exchanges }: Connection): void {
    socket.on('timeout', () => {
      if (exchanges.length === 0 && this.#find(socket)) socket.destroy()
    })
  }

  #carry(socket: object, connection: Connection | undefined): void {
    ;(socket as Carrier)[this.#carried] = connection
  }

  #find(socket: object): Connection | undefined {
    return (socket as Carrier)[this.#carried]
  }

  #used(socket: Socket): Connection {
    const connection = this.#find(socket) ?? this.open(socket)
    if (connection.used && !connection.kept) {
      connection.kept = true
      this.kept += 1
    }
    connection.used = true
    return connection
  }

  /** Its connection has gone before its answer was whole. */
  #breakOff(exchange: Http1Exchange, connection: Connection): void {
    const { socket } = connection
    const failure = failureOf(socket.errored ?? connection.error)
    exchange.nodesStatus = failure?.status
    exchange.doom ??= failure?.ending === 'timed-out' ? 'timed-out' : undefined
    this.#end(exchange, connection, failure?.ending ?? (hasLeft(socket) ? 'aborted' : 'torn'))
  }

  #end(exchange: Http1Exchange, connection: Connection, ending: Ending = 'answered'): void {
    const watcher = this.#watcher
    if (watcher?.ended === undefined) return
    exchange.ending = exchange.doom ?? ending
    exchange.endedAt = performance.now()
    if (watcher.details) {
      const { answer } = exchange
      const sentBefore = connection.bytesAnswered + aheadOf(answer) + headOf(answer).length
      const declared = ending === 'answered' ? declaredLength(answer) : undefined
      // To ask the socket costs ten times as much.
      const sentSoFar =
        declared === undefined ? connection.socket.bytesWritten : sentBefore + declared
      exchange.bytes = Math.max(0, sentSoFar - sentBefore)
      connection.bytesAnswered = sentSoFar
    }
    watcher.ended(exchange)
  }

  /** A connection on which something came that was no request, or not a whole one. */
  #reportRefusal({ socket, openedAt, error, remoteAddress }: Connection): void {
    const failure = failureOf(socket.errored ?? error)
    if (failure === undefined || socket.bytesRead === 0) return
    const { ending, status } = failure
    this.#watcher?.ended?.(
      new OtherExchange(undefined, {
        ending,
        status,
        startedAt: openedAt,
        bytes: 0,
        remoteAddress,
      }),
    )
  }
}

const goOn = 'HTTP/1.1 100 Continue\r\n\r\n'

/** What went ahead of the head, as far as Node keeps that: of other interim answers (103, 102) there is no trace. */
function aheadOf(answer: ServerResponse<IncomingMessage>): number {
  return (answer as { readonly _sent100?: boolean })._sent100 === true ? goOn.length : 0
}

/**
 * How long the body of a whole answer is, if its head says so: Node keeps what it has written or read there, however the app
 * spells it. Should Node ever drop these fields, the socket is asked.
 */
function declaredLength(answer: ServerResponse<IncomingMessage>): number | undefined {
  const { _hasBody: hasBody, _contentLength: length } = answer as {
    readonly _hasBody?: boolean
    readonly _contentLength?: number | null
  }
  // The head of an answer to HEAD, and of a 304, may tell the length of what is not sent.
  if (hasBody === false) return 0
  return typeof length === 'number' ? length : undefined
}

type Carrier = Record<symbol, Connection | undefined>

/** Another request has come, so that the answer which was told is not the last: to say so would lose what is behind it. */
function takeBack(connection: Connection): void {
  const { exchanges } = connection
  connection.toldByField = false
  const [told, next] = exchanges
  if (next && told && !told.answer.headersSent) told.answer.shouldKeepAlive = true
}

function workOn({ socket, openedAt, exchanges }: Connection, now: number): CutWork[] {
  const bytes = socket.bytesWritten
  if (exchanges.length === 0) return [{ kind: 'idle', ageMs: Math.round(now - openedAt), bytes }]
  return exchanges.map(({ answer: { req }, startedAt }) => {
    const ageMs = Math.round(now - startedAt)
    return { kind: 'request', method: req.method!, url: req.url!, ageMs, bytes }
  })
}
