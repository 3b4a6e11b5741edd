import type { Socket } from 'node:net'

import type { AccessLog } from './access-log.ts'
import type { AnswerCounts, Durations, StatusCounts } from './request-stats.ts'

/** The version of this contract; a class that names another one is refused with a clear error. */
export type ContractVersion = 1

/**
 * A worker class: how an app of one kind is run. It is what `-k` chooses, and the default export of its module.
 *
 * Heartbeat, app loading, signals, listening, retirement and metrics are not its business: the worker does them.
 */
export interface WorkerClass<App = unknown> {
  readonly contract: ContractVersion
  readonly name: string
  /** Whether this class can run `app`. MUST be cheap and free of side effects. Used by `-k auto` and for clear errors. */
  accepts?(app: unknown): app is App
  /** What `accepts` looks for, as the end of "expected ...": `a (req, res) listener or an http.Server`. */
  readonly takes?: string
  /**
   * Runs `file`, an absolute path, and resolves with the app that came of it. A class with this member runs whole
   * programs: APP MUST be a path without an export, and the worker imports nothing of it by itself.
   * MUST reject when the program fails before there is an app; boot-timeout, not the class, limits how long that takes.
   * MUST NOT let the program accept connections: `start` hands them to the app.
   */
  load?(file: string, log: Logger): Promise<App>
  /**
   * Makes the app ready to be served and hands its connections to `context.serve`.
   * MUST resolve only when the app can answer; MUST reject when it never will. MUST NOT listen itself.
   */
  start(app: App, context: WorkerContext): Promise<RunningWorker>
}

/** A started app. */
export interface RunningWorker {
  /**
   * Finishes what is in flight and closes every connection, losing no request; the worker has stopped accepting.
   * MUST resolve when no connection is left, and MUST cut what is left once `deadline` aborts.
   * MUST be idempotent.
   */
  drain(deadline: AbortSignal): Promise<DrainReport>
  /** Called about once a second; MUST be cheap. */
  stats?(): WorkerStats
  /**
   * Lets `count` kept connections end, because this worker holds more than its share: their clients come back and may
   * land elsewhere. Those that were told in the last few seconds and are still there count as well.
   * MUST lose no request, so for HTTP the next answer says `Connection: close`; MUST NOT touch streams and upgrades.
   * A class that has it says in its stats how many connections are `kept`.
   */
  shed?(count: number): void
}

/** What a drain had to cut at its deadline; empty when everything ended by itself. */
export interface DrainReport {
  readonly cut: readonly CutWork[]
}

/** One thing that was still going on when the deadline came. */
export interface CutWork {
  readonly kind: string
  /** For people: `GET /slow`. */
  readonly what: string
  readonly ageMs: number
  readonly bytes: number
}

/** Counters since the worker started, and gauges of now. */
export interface WorkerStats {
  readonly requests: number
  readonly inFlight: number
  readonly connections: number
  /** Connections that have carried more than one request; only of a class that can `shed` them. */
  readonly kept?: number
  /** Of a class that speaks HTTP. */
  readonly answers?: AnswerCounts
  /** Of a class that speaks HTTP: the same by their exact status. */
  readonly statuses?: StatusCounts
  /** Of a class that speaks HTTP: from the request's head to the end of the answer. */
  readonly durations?: Durations
}

/** What the worker offers to its class. */
export interface WorkerContext {
  /** The worker's slot, from 1; stable over restarts. */
  readonly number: number
  /** Grows with each reload. */
  readonly generation: number
  readonly settings: WorkerSettings
  readonly log: Logger
  /** Where each request is told of; undefined if nobody asked for it. */
  readonly accessLog?: AccessLog
  /**
   * Takes every connection that this worker accepts, now and later, on whichever address. Accepting begins when
   * `start` has resolved and ends when the worker drains; sockets come as `net.Server` emits them.
   * `onOpen` is called once, when accepting has begun and before the first connection.
   */
  serve(onConnection: (socket: Socket) => void, hooks?: { readonly onOpen?: () => void }): void
  /** The addresses this worker accepts on at the moment. */
  addresses(): readonly ListenAddress[]
  /** Keeps a draining worker alive until `work` has settled. */
  waitUntil(work: PromiseLike<unknown>): void
  /** Runs `close` once the drain is over, last registered first. */
  onClose(close: () => unknown): void
}

/** An address as `net.Server.address()` gives it. */
export type ListenAddress =
  | string
  | { readonly address: string; readonly family: string; readonly port: number }

/** The settings that a worker class can see. */
export interface WorkerSettings {
  readonly keepAliveMs: number
  readonly gracefulTimeoutMs: number
  /** For a client to send the head of a request; of this one and the next three 0 is none. */
  readonly headerTimeoutMs: number
  /** For a client to send a whole request. */
  readonly bodyTimeoutMs: number
  /** For a client to take something of its answer. */
  readonly writeTimeoutMs: number
  /** For the app to begin an answer. */
  readonly requestTimeoutMs: number
}

/** Where nunicorn's parts say what happens: a whole sentence for people, and in `fields` what a program may look for. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warning(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  critical(message: string, fields?: LogFields): void
}

export type LogFields = Readonly<Record<string, unknown>>

/** From the most to the least talkative; the names are Gunicorn's. */
export type LogLevel = keyof Logger

/** A logger whose level can be changed while it is in use. */
export interface LeveledLogger extends Logger {
  /** The least important level that is still written. */
  level: LogLevel
}
