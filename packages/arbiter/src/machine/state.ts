import type { RetireReason } from '@nunicorn/contract'

import type { Cause, Diagnosis } from './cause.ts'
import type { Growth } from './memory.ts'

/** Everything the arbiter knows about its fleet. Times are monotonic milliseconds. */
export interface State {
  phase: 'running' | 'stopping' | 'stopped'
  rules: Rules
  /** How many workers there shall be; slots 1 to target are wanted. */
  target: number
  /** The newest generation that has proved itself. */
  generation: number
  /** The highest generation number ever given out. */
  lastGeneration: number
  reload: Reload | undefined
  /** A reload was asked for while another was under way; one more follows, whatever their number. */
  followUp: boolean
  stop: Stop | undefined
  /** It was asked to stop, and serves on until the drain delay is over. */
  leaving: Leaving | undefined
  /** Every process that has not been reaped, oldest first. */
  workers: Worker[]
  /** Failure history, by slot number. */
  slots: Record<number, SlotHealth>
  /** Of slots whose workers reached max-memory early. */
  growth: Record<number, Growth>
  /** Sockets exist for slots 1 to this number. It never shrinks. */
  openSlots: number
  /** What the slots were last shared out for. */
  sharedFor: string
  budget: Budget
  degraded: boolean
  /** When it was last decided who has too many connections. */
  rebalancedAt: number
  /** Whether somebody had, then. */
  crowded: boolean
  everReady: boolean
  lastWorkerId: number
  /** When this machine asked to be called again; being called much later means that the arbiter did not run. */
  wakeAt: number
}

/** The settings that the rules need. */
export interface Rules {
  /** The configured number of workers. */
  readonly workers: number
  /** Silence after which a ready worker is hung; 0: never. */
  readonly timeoutMs: number
  readonly gracefulTimeoutMs: number
  /** How long a graceful stop goes on serving before it begins. */
  readonly drainDelayMs: number
  /** A worker that is not ready after so long is hung; 0: never. */
  readonly bootTimeoutMs: number
  /** How long the first worker of a new generation must live before the others follow. */
  readonly soakMs: number
  readonly beatMs: number
  /** A worker that uses more is replaced; 0: never. */
  readonly maxMemoryBytes: number
  /** A worker that uses more is killed; 0: never. */
  readonly maxMemoryHardBytes: number
  /** Whether workers that hold more than their share of kept connections let some go. */
  readonly rebalance: boolean
}

/**
 * Why a worker is replaced while it still serves: `memory` is found by the arbiter, `operator` is a command, the rest is
 * said by the worker.
 */
export type RetireCause = RetireReason | 'memory' | 'operator'

/** One worker process. */
export interface Worker {
  readonly id: number
  readonly slot: number
  readonly generation: number
  /** `ending`: condemned, no longer counted; it will be dead within a second or two. */
  phase: 'booting' | 'ready' | 'draining' | 'ending'
  spawnedAt: number
  readyAt: number | undefined
  beatAt: number
  /** How many connections it keeps, by its last beat; undefined if its class cannot let any go. */
  kept: number | undefined
  keptAt: number
  suspect: boolean
  /** Why its silence is no fault of its own; that has been said. */
  excused: Diagnosis['verdict'] | undefined
  /** The shell is finding out why it is silent; the answer is due by then. */
  diagnosisDueAt: number | undefined
  /** It was made to stand still, and is not to blame for it until then. */
  silentUntil: number
  /** When it is killed if it has not left by itself. */
  killAt: number | undefined
  killed: boolean
  /** Wants to be replaced, and serves until it has been. */
  retiring: RetireCause | undefined
  /** Has been seen to use more than max-memory. */
  tooBig: boolean
  /** It was asked to leave, so its end is no loss. */
  leaving: boolean
  /** Why it ends, if that was decided here or told by the worker itself; otherwise its exit tells. */
  cause: Cause | undefined
  /** The slots on whose sockets it was told to accept. */
  serves: readonly number[]
}

/** A reload under way. */
export interface Reload {
  readonly generation: number
  stage: 'reading' | 'canary' | 'soaking' | 'rolling'
  rules: Rules | undefined
  canary: number | undefined
  soakedAt: number | undefined
}

export interface Stop {
  how: 'graceful' | 'quick' | 'forced'
  exitCode: number
  /** When the last signal came that changed anything. */
  askedAt: number
}

export interface Leaving {
  readonly askedAt: number
  readonly until: number
}

export interface SlotHealth {
  /** Deaths in a row of workers that did not live long enough to count as healthy. */
  failures: number
  /** The worker that died last; only a later one can show that the slot is healthy again. */
  lastDead: number
  /** No spawn before then. */
  notBefore: number
  /** The next spawn replaces a worker that died, so it is charged to the budget. */
  charged: boolean
  /** As what its deaths were told since it was last healthy; see `news.ts`. */
  said: readonly string[]
}

/** A token bucket: what the fleet may spend on replacing workers that died young. */
export interface Budget {
  tokens: number
  filledAt: number
}

/** A fleet of no workers; the first `step` spawns them. */
export function initialState(rules: Rules, now: number): State {
  return {
    phase: 'running',
    rules,
    target: rules.workers,
    generation: 1,
    lastGeneration: 1,
    reload: undefined,
    followUp: false,
    stop: undefined,
    leaving: undefined,
    workers: [],
    slots: {},
    growth: {},
    openSlots: rules.workers,
    sharedFor: '',
    budget: { tokens: Number.POSITIVE_INFINITY, filledAt: now },
    degraded: false,
    rebalancedAt: now,
    crowded: false,
    everReady: false,
    lastWorkerId: 0,
    wakeAt: now,
  }
}

/** Wanted in the count of its slot: booting or ready, and not condemned. */
export function isLive(worker: Worker): boolean {
  return worker.phase === 'booting' || worker.phase === 'ready'
}

/** A canary lives by the settings that come with it. */
export function rulesFor(state: State, worker: Worker): Rules {
  const { reload } = state
  return reload?.rules !== undefined && worker.generation === reload.generation
    ? reload.rules
    : state.rules
}
