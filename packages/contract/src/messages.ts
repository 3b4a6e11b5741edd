import type { AccessLogOrder } from './access-log.ts'
import type { ErrorReport } from './errors.ts'
import type { OpenRequest, ProcessSample } from './status.ts'
import type { CutWork, LogFields, LogLevel, WorkerSettings, WorkerStats } from './worker-class.ts'

/** The whole protocol between the arbiter and one worker, over the child's IPC channel. */

/** From the arbiter. A `listen` message carries the socket's handle; `path` is that of a Unix socket. */
export type ArbiterMessage =
  | { readonly type: 'boot'; readonly order: BootOrder }
  | {
      readonly type: 'listen'
      readonly socket: string
      readonly backlog: number
      readonly path?: string
    }
  | { readonly type: 'unlisten'; readonly socket: string }
  /**
   * So many kept connections, or none, shall end with their next answer; see `RunningWorker.shed`. The worker beats once more
   * when that has shown, half a beat later.
   */
  | { readonly type: 'shed'; readonly count: number }
  | { readonly type: 'drain'; readonly deadlineMs: number; readonly acceptQueued: boolean }
  /** Send nothing to the log from now on that is less important. */
  | { readonly type: 'log-level'; readonly level: LogLevel }
  /** To be answered by an `answer` of the same id; whoever asks does not wait for ever. */
  | { readonly type: 'ask'; readonly id: number; readonly question: Question }

/** From a worker. */
export type WorkerMessage =
  | {
      readonly type: 'ready'
      readonly workerClass: string
      /** Why `-k auto` chose this class: `the app is an Express app`. */
      readonly why?: string
    }
  | { readonly type: 'boot-failed'; readonly stage: BootStage; readonly error: ErrorReport }
  | {
      readonly type: 'beat'
      readonly stats: WorkerStats
      readonly process: ProcessSample
      readonly droppedOutput: number
    }
  | { readonly type: 'retire'; readonly reason: RetireReason }
  /** The worker has closed its copy of a socket to stop accepting for a while, and asks for another one: `listen`. */
  | { readonly type: 'ask-socket'; readonly socket: string }
  | {
      readonly type: 'drained'
      readonly cut: readonly CutWork[]
      /** Of a worker that has been asked for `app-metrics`: what they are at its end. */
      readonly appMetrics?: readonly unknown[]
    }
  /** An error that nobody has caught is about to end the process, and `requests`, of which the oldest are said, with it. */
  | {
      readonly type: 'crashing'
      readonly error: ErrorReport
      readonly requests?: readonly OpenRequest[]
    }
  /** An entry for the log, which the arbiter writes. */
  | {
      readonly type: 'log'
      readonly level: LogLevel
      readonly message: string
      readonly fields?: LogFields
    }
  | { readonly type: 'answer'; readonly id: number; readonly result: unknown }
  | { readonly type: 'answer'; readonly id: number; readonly error: ErrorReport }

/** What a worker can be asked while it serves. */
export type Question =
  /** Write to the files that have the names of the log files now. */
  | { readonly type: 'reopen-logs' }
  /** Answered at once by an event loop that runs. */
  | { readonly type: 'pulse' }
  /** Record a CPU profile for so long, and write it to a file that must not exist. The answer: how many bytes. */
  | { readonly type: 'profile'; readonly seconds: number; readonly file: string }
  /** The same with a heap snapshot, for which everything stands still. */
  | { readonly type: 'heap-snapshot'; readonly file: string }
  /** Close the inspector that a signal has opened, and its port. */
  | { readonly type: 'close-inspector' }
  /** What the app has registered with prom-client: null if it has not loaded it. */
  | { readonly type: 'app-metrics' }

/** `app-load`: APP names nothing that can be served. `boot`: the code behind it threw. */
export type BootStage = 'app-load' | 'boot'

/** `asked`: a program said so for a reason of its own. */
export type RetireReason = 'max-requests' | 'signal' | 'asked'

/** All that a worker needs to know to boot. */
export interface BootOrder {
  readonly number: number
  readonly generation: number
  /** APP as given on the command line: `path`, `path:export`, `path:factory()`. */
  readonly app: string
  /** What it finds in `process.argv` from the third place on. */
  readonly appArguments: readonly string[]
  /** For the process title. */
  readonly name: string
  /** `-k`: a short name, a package name or a path; `auto` leaves it to the worker. */
  readonly workerClass: string
  /** The file of the command, from which the classes installed with it are found. */
  readonly command: string
  readonly beatMs: number
  /** 0: never retire. Jitter is already added. */
  readonly maxRequests: number
  /** Where Node writes its report of a fatal error; without it, nowhere. */
  readonly reportFolder?: string
  /** 0: as many as its file descriptors allow. */
  readonly workerConnections: number
  /** The least important entries that are sent to the log. */
  readonly logLevel: LogLevel
  /** Undefined: requests are not logged. */
  readonly accessLog?: AccessLogOrder
  readonly settings: WorkerSettings
}
