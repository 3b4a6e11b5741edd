import type { CutWork, ErrorReport, RetireReason } from '@nunicorn/contract'

import type { Cause, Diagnosis, Exit } from './cause.ts'
import type { RetireCause, Rules } from './state.ts'

/** What happened. */
export type Event =
  | { readonly type: 'ticked' }
  | { readonly type: 'worker-ready'; readonly id: number }
  | {
      readonly type: 'worker-boot-failed'
      readonly id: number
      readonly stage: 'app-load' | 'boot'
      readonly error: ErrorReport
    }
  /** `kept`: connections that have carried more than one request, if its class can let such go. */
  | { readonly type: 'worker-beat'; readonly id: number; readonly kept?: number }
  | { readonly type: 'worker-asked-to-retire'; readonly id: number; readonly reason: RetireReason }
  | { readonly type: 'worker-drained'; readonly id: number; readonly cut: readonly CutWork[] }
  /** How much memory it uses: its share of what it shares (PSS). */
  | { readonly type: 'worker-measured'; readonly id: number; readonly bytes: number }
  | { readonly type: 'worker-diagnosed'; readonly id: number; readonly diagnosis: Diagnosis }
  /** `random` in [0, 1) spreads the back-off. */
  | {
      readonly type: 'worker-exited'
      readonly id: number
      readonly exit: Exit
      readonly random: number
    }
  | { readonly type: 'reload-asked' }
  | { readonly type: 'settings-read'; readonly rules: Rules }
  | { readonly type: 'settings-refused'; readonly error: ErrorReport }
  | { readonly type: 'scale-asked'; readonly by: number }
  /** So many workers, no matter how many there were. */
  | { readonly type: 'scale-asked'; readonly to: number }
  /** An operator wants a worker replaced, its replacement first. */
  | { readonly type: 'restart-asked'; readonly id: number }
  /** An operator wants a worker dead. */
  | { readonly type: 'kill-asked'; readonly id: number }
  /** A worker is made to stand still on purpose: its silence is no hang for so long. 0: it is over. */
  | { readonly type: 'silence-granted'; readonly id: number; readonly forMs: number }
  | {
      readonly type: 'stop-asked'
      readonly how: 'graceful' | 'quick'
      readonly signalNumber: number
    }

/** What shall be done. */
export type Effect =
  | {
      readonly type: 'spawn-worker'
      readonly id: number
      readonly slot: number
      readonly generation: number
    }
  /** The slots on whose sockets the worker shall accept from now on: all others it shall leave. */
  | { readonly type: 'assign-slots'; readonly id: number; readonly slots: readonly number[] }
  /** `acceptQueued`: nobody accepts after it, so it takes what already waits in the kernel's queue. */
  | {
      readonly type: 'drain-worker'
      readonly id: number
      readonly deadlineMs: number
      readonly acceptQueued: boolean
    }
  /** Let so many kept connections end with their next answer. */
  | { readonly type: 'shed-connections'; readonly id: number; readonly count: number }
  | { readonly type: 'signal-worker'; readonly id: number; readonly signal: 'SIGABRT' | 'SIGKILL' }
  /** Note the CPU time used so far, so that a later diagnosis can tell spinning from starved. */
  | { readonly type: 'watch-worker'; readonly id: number }
  /** Find out why it is silent, and say so with `worker-diagnosed`. */
  | { readonly type: 'diagnose-worker'; readonly id: number }
  | { readonly type: 'read-settings'; readonly generation: number }
  /** The arbiter gives up its own hold on the listening sockets: the workers' are the last. */
  | { readonly type: 'close-sockets' }
  | { readonly type: 'report'; readonly report: Report }
  | { readonly type: 'exit'; readonly code: number }

/** What an operator may want to know. */
export type Report =
  | {
      readonly type: 'worker-ready'
      readonly id: number
      readonly slot: number
      readonly generation: number
      /** From spawned to ready. */
      readonly bootMs: number
      readonly first: boolean
      readonly quiet: boolean
    }
  | { readonly type: 'worker-suspect'; readonly id: number; readonly slot: number }
  | { readonly type: 'worker-recovered'; readonly id: number; readonly slot: number }
  /** It is silent, but not to blame for it; said once for each silence. */
  | {
      readonly type: 'worker-excused'
      readonly id: number
      readonly slot: number
      readonly diagnosis: Diagnosis
    }
  | {
      readonly type: 'worker-retiring'
      readonly id: number
      readonly slot: number
      readonly reason: RetireCause
      /** Where that is the reason. */
      readonly memory?: { readonly bytes: number; readonly limitBytes: number }
    }
  /** A replacement would be too big as well, so `delayMs` passes before it, and more before each that follows. */
  | {
      readonly type: 'memory-limit-low'
      readonly id: number
      readonly slot: number
      readonly bytes: number
      readonly limitBytes: number
      readonly ageMs: number
      readonly delayMs: number
    }
  | {
      readonly type: 'worker-ended'
      readonly id: number
      readonly slot: number
      readonly cause: Cause
      readonly lost: boolean
      /** How long it lived, and how long it had been silent when it ended. */
      readonly ageMs: number
      readonly silentMs: number
      readonly quiet: boolean
    }
  | {
      readonly type: 'work-cut'
      readonly id: number
      readonly slot: number
      readonly cut: readonly CutWork[]
    }
  | {
      readonly type: 'respawn-delayed'
      readonly slot: number
      readonly delayMs: number
      readonly failures: number
    }
  | {
      readonly type: 'degraded'
      readonly slot: number
      readonly failures: number
      readonly ready: number
      readonly target: number
      readonly cause: Cause
    }
  | { readonly type: 'recovered'; readonly ready: number; readonly target: number }
  | { readonly type: 'reload-started'; readonly generation: number }
  | { readonly type: 'reload-queued' }
  | { readonly type: 'canary-ready'; readonly generation: number; readonly soakMs: number }
  | { readonly type: 'reload-finished'; readonly generation: number }
  | {
      readonly type: 'reload-refused'
      readonly generation: number
      readonly error: ErrorReport
    }
  | { readonly type: 'reload-failed'; readonly generation: number; readonly cause: Cause }
  | { readonly type: 'scaled'; readonly target: number }
  | { readonly type: 'clock-jumped'; readonly lateMs: number }
  /** Goes on serving for so long, so that those who send traffic have time to see that it leaves. */
  | { readonly type: 'leaving'; readonly delayMs: number }
  | { readonly type: 'stopping'; readonly how: 'graceful' | 'quick' | 'forced' }
  | { readonly type: 'first-boot-failed'; readonly cause: Cause }
