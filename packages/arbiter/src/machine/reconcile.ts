import { refill } from './budget.ts'
import { countReady, drain, type Draft, healthOf, report, spawn } from './draft.ts'
import { isCanary } from './reload.ts'
import type { State, Worker } from './state.ts'
import { isLive } from './state.ts'

/** Brings the fleet nearer to what is wanted: level-triggered, so it does not matter which event led here. */
export function reconcile(draft: Draft): void {
  const { state } = draft
  if (state.phase !== 'running') return
  state.budget = refill(state.budget, { workers: state.target, now: draft.now })
  bootCanary(draft)
  // Once for all slots: this runs at every beat of every worker.
  const settled = Map.groupBy(
    state.workers.filter((worker) => isLive(worker) && !isCanary(state, worker)),
    ({ slot }) => slot,
  )
  for (const slot of wantedSlots(draft)) {
    const workers = settled.get(slot)
    if (workers === undefined) fill(draft, slot)
    else supersede(draft, workers)
  }
  replaceOne(draft)
  shed(draft)
  noteRecovery(draft)
}

function wantedSlots({ state }: Draft): readonly number[] {
  return Array.from({ length: state.target }, (_, index) => index + 1)
}

function bootCanary(draft: Draft): void {
  const { reload } = draft.state
  if (reload?.stage !== 'canary' || reload.canary !== undefined) return
  reload.canary = spawn(draft, { slot: 1, generation: reload.generation }).id
}

/** The newest ready worker of a slot takes over from all older ones, by generation, then by age; a canary that has not proved itself does not. */
function supersede(draft: Draft, workers: readonly Worker[]): void {
  if (workers.length === 1) return
  const proven = workers.toSorted((a, b) => a.generation - b.generation || a.id - b.id)
  const newest = proven.findLastIndex((worker) => worker.phase === 'ready')
  for (const older of proven.slice(0, Math.max(0, newest))) leave(draft, older)
}

/** A slot in which nobody is left gets a new worker, at once or as its history and the budget allow. */
function fill(draft: Draft, slot: number): void {
  if (awaitsVerdict(draft.state, slot)) return
  if (mayPay(draft, slot)) spawn(draft, { slot, generation: draft.state.generation })
}

/** At the very first boot the end of a condemned worker may be the end of everything. */
function awaitsVerdict({ everReady, workers }: State, slot: number): boolean {
  return !everReady && workers.some((worker) => worker.slot === slot && worker.phase === 'ending')
}

/** Whether a spawn in this slot is allowed now; pays for it if it replaces a worker that died young. */
function mayPay({ state, now }: Draft, slot: number): boolean {
  const health = state.slots[slot]
  if (health === undefined) return true
  if (now < health.notBefore) return false
  if (!health.charged) return true
  if (state.budget.tokens < 1) return false
  state.budget = { ...state.budget, tokens: state.budget.tokens - 1 }
  state.slots[slot] = { ...health, charged: false }
  return true
}

/** A retiring worker, or one of an older generation, serves until its replacement is ready: one replacement boots at a time, the oldest worker's first. */
function replaceOne(draft: Draft): void {
  const { state } = draft
  const live = state.workers.filter(isLive)
  if (live.some((worker) => worker.phase === 'booting' && !isCanary(state, worker))) return
  const next = live
    .filter(
      (worker) =>
        worker.slot <= state.target && isOutdated(draft, worker) && !isCanary(state, worker),
    )
    .find((worker) => mayPay(draft, worker.slot))
  if (next !== undefined) spawn(draft, { slot: next.slot, generation: state.generation })
}

function isOutdated({ state }: Draft, worker: Worker): boolean {
  return worker.retiring !== undefined || worker.generation < state.generation
}

/** Workers in slots beyond the target leave; their sockets stay and are served by neighbours. */
function shed(draft: Draft): void {
  const { state } = draft
  for (const worker of state.workers) {
    if (worker.slot > state.target && isLive(worker) && !isCanary(state, worker))
      leave(draft, worker)
  }
}

function noteRecovery(draft: Draft): void {
  const { state } = draft
  const failing = wantedSlots(draft).some((slot) => healthOf(draft, slot).failures > 0)
  if (!state.degraded || failing || countReady(draft) < state.target) return
  state.degraded = false
  report(draft, { type: 'recovered', ready: countReady(draft), target: state.target })
}

function leave(draft: Draft, worker: Worker): void {
  drain(draft, worker, { deadlineMs: draft.state.rules.gracefulTimeoutMs, acceptQueued: false })
}
