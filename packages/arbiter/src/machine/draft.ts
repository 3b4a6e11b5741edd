import type { Cause } from './cause.ts'
import type { Effect, Report } from './events.ts'
import type { SlotHealth, State, Worker } from './state.ts'

/** How long after SIGABRT, a failed boot, or a polite word to a worker that is not needed, SIGKILL follows. */
export const killGraceMs = 1_000

/** One step in the making: the rules change `state` and note what is to be done. */
export interface Draft {
  readonly state: State
  readonly effects: Effect[]
  readonly now: number
}

export function report(draft: Draft, what: Report): void {
  draft.effects.push({ type: 'report', report: what })
}

export function findWorker(draft: Draft, id: number): Worker | undefined {
  return draft.state.workers.find((worker) => worker.id === id)
}

export function healthOf(draft: Draft, slot: number): SlotHealth {
  return (
    draft.state.slots[slot] ?? {
      failures: 0,
      lastDead: 0,
      notBefore: Number.NEGATIVE_INFINITY,
      charged: false,
      said: [],
    }
  )
}

export function countReady({ state }: Draft): number {
  return state.workers.filter((worker) => worker.phase === 'ready').length
}

export function spawn(
  draft: Draft,
  place: { readonly slot: number; readonly generation: number },
): Worker {
  const { state, now } = draft
  state.lastWorkerId += 1
  const worker: Worker = {
    id: state.lastWorkerId,
    ...place,
    phase: 'booting',
    spawnedAt: now,
    readyAt: undefined,
    beatAt: now,
    kept: undefined,
    keptAt: now,
    suspect: false,
    excused: undefined,
    diagnosisDueAt: undefined,
    silentUntil: now,
    killAt: undefined,
    killed: false,
    retiring: undefined,
    tooBig: false,
    leaving: false,
    cause: undefined,
    serves: [],
  }
  state.workers.push(worker)
  state.openSlots = Math.max(state.openSlots, place.slot)
  draft.effects.push({ type: 'spawn-worker', id: worker.id, ...place })
  return worker
}

/** Asks a worker to finish and leave; one that is still booting has nothing to finish. */
export function drain(
  draft: Draft,
  worker: Worker,
  how: { readonly deadlineMs: number; readonly acceptQueued: boolean },
): void {
  const deadlineMs = worker.phase === 'booting' ? 0 : how.deadlineMs
  worker.phase = 'draining'
  worker.leaving = true
  worker.serves = []
  worker.killAt = Math.min(
    worker.killAt ?? Number.POSITIVE_INFINITY,
    draft.now + deadlineMs + killGraceMs,
  )
  draft.effects.push({
    type: 'drain-worker',
    id: worker.id,
    deadlineMs,
    acceptQueued: how.acceptQueued,
  })
}

/** Ends a worker that does not answer: SIGABRT now, which leaves a core where one is wanted, and SIGKILL soon. */
export function condemn(draft: Draft, worker: Worker, cause: Cause): void {
  worker.phase = 'ending'
  worker.cause ??= cause
  worker.serves = []
  worker.diagnosisDueAt = undefined
  worker.killAt = draft.now + killGraceMs
  draft.effects.push({ type: 'signal-worker', id: worker.id, signal: 'SIGABRT' })
}

/** SIGKILL, once. */
export function kill(draft: Draft, worker: Worker, cause: Cause): void {
  if (worker.killed) return
  worker.killed = true
  worker.killAt = undefined
  worker.diagnosisDueAt = undefined
  worker.cause ??= cause
  worker.phase = 'ending'
  worker.serves = []
  draft.effects.push({ type: 'signal-worker', id: worker.id, signal: 'SIGKILL' })
}
