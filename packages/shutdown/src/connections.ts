import type { IncomingMessage, Server as HttpServer } from 'node:http'
import type {
  Http2SecureServer,
  Http2Server,
  IncomingHttpHeaders,
  ServerHttp2Session,
  ServerHttp2Stream,
} from 'node:http2'
import type { Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

import type { Exchange, ExchangeWatcher } from './exchange.ts'
import { Http1, type OpenConnection } from './http1.ts'
import { Http2 } from './http2.ts'
import { type Listener, listenAlongside } from './listen-alongside.ts'
import type { CutWork, ServerStats } from './report.ts'
import { type Member, nowhere, Roster } from './roster.ts'
import { Upgrades } from './upgrades.ts'
import { watchRequests } from './watch-requests.ts'

/** A server that can be drained. */
export type DrainableServer = HttpServer | HttpsServer | Http2Server | Http2SecureServer

interface ConnectionsOptions {
  readonly headersTimeoutMs: number
  readonly watcher?: ExchangeWatcher | undefined
  /** A socket has closed. */
  readonly onClose: () => void
}

/** As accepted: under TLS its socket carries the one that speaks HTTP. */
interface Accepted extends Member {
  readonly socket: Socket
  readonly openedAt: number
}

/** All connections of a server: each belongs to HTTP/1, to HTTP/2 or to the upgrades, which know how to end it. */
export class Connections {
  readonly #accepted = new Roster<Accepted>()
  readonly #http1: Http1
  readonly #http2: Http2
  readonly #upgrades: Upgrades
  readonly #listenFirst: () => void
  readonly #stopWatching: () => void
  readonly #options: ConnectionsOptions
  #drainingSince = Infinity
  /** Since when nobody has been left who could be answered. */
  #doneSince: number | undefined

  constructor(server: DrainableServer, options: ConnectionsOptions) {
    this.#options = options
    this.#http1 = new Http1(options)
    this.#http2 = new Http2(options.watcher)
    this.#upgrades = new Upgrades(options.watcher)
    this.#stopWatching = watchRequests(server, this.#http1)
    this.#listenFirst = listenAlongside(server, this.#requestListeners())
    const plain = server instanceof process.getBuiltinModule('node:http').Server
    server.on('connection', (socket: Socket) => {
      const accepted: Accepted = { socket, openedAt: performance.now(), place: nowhere }
      this.#accepted.add(accepted)
      if (plain) this.#http1.open(socket)
      socket.on('close', () => this.#forget(accepted))
    })
    server.on('secureConnection', (socket: TLSSocket) => {
      if (socket.alpnProtocol === 'h2') return
      this.#http1.open(socket)
      socket.on('close', () => this.#http1.forget(socket))
    })
    server.on('session', (session: ServerHttp2Session) => this.#http2.open(session))
  }

  get size(): number {
    return this.#accepted.size
  }

  get http1(): Iterable<OpenConnection> {
    return this.#http1.connections
  }

  /** The requests that have not been answered whole. */
  *exchanges(): Iterable<Exchange> {
    for (const { exchanges } of this.#http1.connections) yield* exchanges
    yield* this.#http2.exchanges
  }

  stats(): ServerStats {
    return {
      requests: this.#http1.requests + this.#http2.requests,
      inFlight: this.#http1.inFlight + this.#http2.inFlight,
      connections: this.#accepted.size,
      kept: this.#http1.kept,
    }
  }

  shed(count: number): void {
    this.#http1.shed(count)
  }

  drain(now: number): void {
    this.#drainingSince = now
    this.#listenFirst()
    this.#http1.drain(now)
    this.#http2.drain()
  }

  /** To be called now and then while draining: closes what has been quiet for too long. */
  sweep(now: number): void {
    this.#http1.sweep(now)
    this.#upgrades.sweep()
    this.#destroyUnused(now)
  }

  /** Ends or destroys what is left, and says what it was. Ended streams still need a moment before {@link destroy}. */
  cut(now: number): CutWork[] {
    return [...this.#http1.cut(now), ...this.#http2.cut(now), ...this.#upgrades.cut(now)]
  }

  /** The last connection has gone, and no other will come. */
  close(): void {
    this.#stopWatching()
  }

  destroy(): void {
    for (const { socket } of this.#accepted) socket.destroy()
  }

  #forget(accepted: Accepted): void {
    this.#accepted.delete(accepted)
    this.#http1.forget(accepted.socket)
    this.#options.onClose()
  }

  #requestListeners(): ReadonlyMap<string, Listener> {
    const onUpgrade = (request: IncomingMessage): void => {
      this.#http1.forget(request.socket)
      this.#upgrades.begin(request)
    }
    const onStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void =>
      this.#http2.begin(stream, headers)
    const onFailure = (error: unknown, socket: Socket): void => this.#http1.failed(socket, error)
    return new Map<string, Listener>([
      ['clientError', onFailure],
      ['upgrade', onUpgrade],
      ['connect', onUpgrade],
      ['stream', onStream],
    ])
  }

  /**
   * Closes what neither HTTP/1 nor HTTP/2 would: sockets on which no TLS handshake has begun, and, once nobody is left
   * who could be answered, those whose handshake stands still or whose peer does not close after GOAWAY.
   */
  #destroyUnused(now: number): void {
    const answerable = this.#http1.size + this.#http2.inFlight + this.#upgrades.size > 0
    this.#doneSince = answerable ? undefined : (this.#doneSince ?? now)
    for (const { socket, openedAt } of this.#accepted) {
      const since = socket.bytesRead === 0 ? this.#drainingSince : (this.#doneSince ?? now)
      if (now - Math.max(since, openedAt) >= this.#options.headersTimeoutMs) socket.destroy()
    }
  }
}
