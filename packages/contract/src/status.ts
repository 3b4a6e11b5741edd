import type { CutWork } from './worker-class.ts'
import type { AnswerCounts, Durations, StatusCounts } from './request-stats.ts'

/**
 * What can be known of an instance at one moment; plain JSON. Health, metrics, `nunicorn ctl`, `nunicorn top` and the web
 * page are all made of it. Times are milliseconds since the epoch, ages and durations milliseconds.
 */
export interface FleetStatus {
  readonly version: string
  /** Setting `name`. */
  readonly name: string
  /** APP as it was given. */
  readonly app: string
  /** Of the arbiter. */
  readonly pid: number
  readonly at: number
  readonly startedAt: number
  readonly state: FleetState
  /** The newest generation that has proved itself. */
  readonly generation: number
  /** How many workers there shall be. */
  readonly target: number
  /** One that is under way. */
  readonly reload?: { readonly generation: number; readonly stage: ReloadStage }
  readonly lastReload?: ReloadOutcome
  /** The addresses as URLs: `http://127.0.0.1:8000`. */
  readonly listeners: readonly string[]
  /** Every process that has not been reaped, by number, oldest first. */
  readonly workers: readonly WorkerStatus[]
  readonly totals: Totals
}

/**
 * `starting`: no worker has ever been ready. `degraded`: workers keep dying, others serve. `leaving`: it still accepts,
 * but wants no more traffic (`drain-delay`). `stopping`: it finishes what it holds.
 */
export type FleetState = 'starting' | 'serving' | 'degraded' | 'leaving' | 'stopping'

export type ReloadStage = 'reading' | 'canary' | 'soaking' | 'rolling'

/** How the last reload ended. `refused`: by its settings. `failed`: by its first worker. In both cases nothing has changed. */
export interface ReloadOutcome {
  readonly result: 'finished' | 'refused' | 'failed'
  readonly at: number
  readonly generation: number
  /** Why it was refused or failed. */
  readonly why?: string
}

export interface WorkerStatus {
  /** Its slot, from 1: stable over restarts. */
  readonly number: number
  readonly pid: number
  readonly generation: number
  /** `suspect`: silent for two beats or more; what is said of it is as old as its last beat. */
  readonly state: 'booting' | 'ready' | 'suspect' | 'draining' | 'ending'
  readonly workerClass: string
  readonly ageMs: number
  /** From spawned to ready; undefined before. */
  readonly bootMs?: number
  /** Since its last sign of life. */
  readonly silentMs: number
  /** The slots on whose sockets it accepts. */
  readonly serves: readonly number[]
  /** What it said with its last beat; undefined before the first one. */
  readonly sample?: WorkerSample
  /** Its share of memory (PSS), where that was measured. */
  readonly memoryBytes?: number
}

/** What a worker says of itself with a beat. Counters begin with its process. */
export interface WorkerSample extends ProcessSample {
  readonly requests: number
  readonly inFlight: number
  readonly connections: number
  readonly answers?: AnswerCounts
  readonly statuses?: StatusCounts
  readonly durations?: Durations
  readonly droppedOutput: number
}

/** Measures of a Node process. */
export interface ProcessSample {
  readonly rssBytes: number
  readonly heapUsedBytes: number
  readonly heapLimitBytes: number
  /** The part of the time since the last beat in which the event loop was busy, 0 to 1. */
  readonly utilisation: number
  /** The longest that the event loop came late since the last beat. */
  readonly loopDelayMs: number
  /** CPU time used by the process so far, in seconds. */
  readonly cpuSeconds: number
}

/** Counters since the arbiter started, the dead and the living together: none ever falls. */
export interface Totals {
  readonly requests: number
  readonly answers: AnswerCounts
  readonly statuses: StatusCounts
  readonly durations: Durations
  readonly droppedOutput: number
  /** CPU time of the workers. */
  readonly cpuSeconds: number
  /** Workers that became ready, and how long that took them together. */
  readonly boots: { readonly count: number; readonly totalMs: number; readonly lastMs: number }
  /** Workers that ended, by cause: `drained`, `hang`, `exit`, ... */
  readonly ends: Readonly<Record<string, number>>
  readonly reloads: Readonly<Record<ReloadOutcome['result'], number>>
}

/** Connections that wait in one queue of the kernel until a worker accepts them. */
export interface Backlog {
  /** As in the listeners of {@link FleetStatus}. */
  readonly listener: string
  /** Absent where one queue serves all slots. */
  readonly slot?: number
  readonly waiting: number
}

/** One thing that happened, as the log tells it, with all that is known about it. */
export interface EventRecord {
  /** From 1, without gaps. */
  readonly sequence: number
  /** Milliseconds since the epoch. */
  readonly at: number
  /** `worker-ready`, `worker-ended`, `reload-finished`, ... */
  readonly type: string
  readonly level: 'debug' | 'info' | 'warning' | 'error' | 'critical'
  readonly message: string
  readonly worker?: { readonly number: number; readonly pid: number; readonly generation: number }
  /** By type; of `worker-ended` the cause, with the requests that it held where that is known, and what its last beat said. */
  readonly details: Readonly<Record<string, unknown>>
}

/** A request that has not been answered. */
export interface OpenRequest extends Pick<CutWork, 'ageMs'> {
  readonly method: string
  /** Cut after 200 characters. */
  readonly url: string
  /** It is the one whose code was being run, as far as the stack tells. */
  readonly running?: true
}
