import type { AccessLogOrder, LogLevel, Program, WorkerSettings } from '@nunicorn/contract'
import type { Address } from '@nunicorn/sockets'

import type { Rules } from './machine/index.ts'

/** What the arbiter must be told; each reload brings a new one. Durations are milliseconds. */
export interface ArbiterSettings extends WorkerSettings {
  /** APP: `path`, `path:export`, `path:factory()`. */
  readonly app: string
  readonly appArguments: readonly string[]
  /** Shown in process titles. */
  readonly name: string
  /** `-k`. */
  readonly workerClass: string
  readonly bind: readonly Address[]
  readonly backlog: number
  /** `slots`: overlapping SO_REUSEPORT slots where the system has them. `shared`: one socket for all. */
  readonly balance: 'slots' | 'shared'
  /** With `slots`: whether workers with too many kept connections let some go. */
  readonly rebalance: boolean
  readonly workers: number
  readonly timeoutMs: number
  readonly bootTimeoutMs: number
  /** How long a graceful stop goes on serving before it begins. */
  readonly drainDelayMs: number
  readonly soakMs: number
  readonly workerConnections: number
  readonly maxRequests: number
  readonly maxRequestsJitter: number
  /** 0: no limit. */
  readonly maxMemoryBytes: number
  /** 0: no limit. */
  readonly maxMemoryHardBytes: number
  /** The least important entries that workers send to the log. */
  readonly logLevel: LogLevel
  /** Whether what workers print goes into the log. */
  readonly captureOutput: boolean
  /** Undefined: requests are not logged. */
  readonly accessLog?: AccessLogOrder
  /** Where reports of fatal errors go; a folder of the arbiter's own without it. */
  readonly reportDir?: string | undefined
  /** Added to the arbiter's own environment. */
  readonly env: Readonly<Record<string, string>>
  /** The workers' working directory. */
  readonly directory: string
  /** What each worker is, if it is no Node process with a worker class. */
  readonly program?: Program
}

/** Four beats must fit into the timeout, so that one that is late does not count as silence. */
export function beatMsFor({ timeoutMs }: Pick<ArbiterSettings, 'timeoutMs'>): number {
  return timeoutMs === 0 ? 1_000 : Math.min(1_000, Math.ceil(timeoutMs / 4))
}

export function rulesFor(settings: ArbiterSettings): Rules {
  const { workers, timeoutMs, gracefulTimeoutMs, drainDelayMs, bootTimeoutMs, soakMs } = settings
  const { maxMemoryBytes, maxMemoryHardBytes } = settings
  return {
    workers,
    timeoutMs,
    gracefulTimeoutMs,
    drainDelayMs,
    bootTimeoutMs,
    soakMs,
    beatMs: beatMsFor(settings),
    maxMemoryBytes,
    maxMemoryHardBytes,
    rebalance: settings.rebalance && hasSlots(settings),
  }
}

/** Where one socket serves all, who accepts is no matter of chance: a connection that was let go might come back. */
function hasSlots({ balance, bind, program }: ArbiterSettings): boolean {
  return (
    program === undefined &&
    balance === 'slots' &&
    process.platform === 'linux' &&
    bind.every((address) => address.type === 'tcp')
  )
}
