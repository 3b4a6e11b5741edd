import { assign } from './assign.ts'
import { apply } from './apply.ts'
import { enforceDeadlines, nextDeadline } from './deadlines.ts'
import { type Draft, report } from './draft.ts'
import type { Effect, Event } from './events.ts'
import { shareConnections } from './rebalance.ts'
import { continueReload, finishReload } from './reload.ts'
import { reconcile } from './reconcile.ts'
import { leaveWhenDue } from './stop.ts'
import type { State, Worker } from './state.ts'
import { isLive } from './state.ts'

export interface Step {
  readonly state: State
  readonly effects: readonly Effect[]
  /** Call again with `ticked` no later than this. */
  readonly wakeAt: number
}

/** Woken later than asked by more than this, the arbiter itself was suspended, stopped or starved. */
const latenessMs = 500
const tickMs = 1_000

/** Decides: what happened, and when, in; what is to be done, out. No clock, no process, no chance inside. */
export function step(before: State, event: Event, now: number): Step {
  const draft: Draft = { state: copy(before), effects: [], now }
  forgiveLateness(draft)
  apply(draft, event)
  leaveWhenDue(draft)
  enforceDeadlines(draft)
  continueReload(draft)
  reconcile(draft)
  finishReload(draft)
  shareSlots(draft)
  shareConnections(draft)
  finishStop(draft)
  draft.state.wakeAt = Math.max(now, Math.min(now + tickMs, nextDeadline(draft.state, now)))
  return { state: draft.state, effects: draft.effects, wakeAt: draft.state.wakeAt }
}

function copy(state: State): State {
  return {
    ...state,
    reload: state.reload && { ...state.reload },
    stop: state.stop && { ...state.stop },
    slots: { ...state.slots },
    growth: { ...state.growth },
    workers: state.workers.map((worker) => ({ ...worker })),
  }
}

/** While the arbiter did not run it could hear no beat, so nobody is blamed: everybody's times move by as much. */
function forgiveLateness(draft: Draft): void {
  const { state, now } = draft
  const lateMs = now - state.wakeAt
  if (lateMs <= latenessMs) return
  for (const worker of state.workers) {
    worker.spawnedAt += lateMs
    worker.beatAt += lateMs
    if (worker.readyAt !== undefined) worker.readyAt += lateMs
    if (worker.diagnosisDueAt !== undefined) worker.diagnosisDueAt += lateMs
    if (worker.killAt !== undefined) worker.killAt += lateMs
    worker.silentUntil += lateMs
  }
  if (state.reload?.soakedAt !== undefined) state.reload.soakedAt += lateMs
  report(draft, { type: 'clock-jumped', lateMs })
}

/** Only when something has changed that it depends on: most events are beats, and a large fleet has many of them. */
function shareSlots(draft: Draft): void {
  const { state } = draft
  if (state.phase !== 'running') return
  const workers = state.workers.filter(isLive)
  const fleet = workers.map(assignable)
  const sharedFor = [state.openSlots, ...fleet.flatMap(Object.values)].join()
  if (sharedFor === state.sharedFor) return
  state.sharedFor = sharedFor
  const shares = assign({ slots: state.openSlots, workers: fleet })
  for (const worker of workers) {
    const slots = shares.get(worker.id) ?? []
    if (slots.join() === worker.serves.join()) continue
    worker.serves = slots
    draft.effects.push({ type: 'assign-slots', id: worker.id, slots })
  }
}

function assignable(worker: Worker): Parameters<typeof assign>[0]['workers'][number] {
  const { id, slot } = worker
  return {
    id,
    slot,
    state: worker.phase === 'booting' ? 'booting' : worker.suspect ? 'suspect' : 'ready',
  }
}

function finishStop({ state, effects }: Draft): void {
  if (state.phase !== 'stopping' || state.workers.length > 0 || state.stop === undefined) return
  state.phase = 'stopped'
  effects.push({ type: 'exit', code: state.stop.exitCode })
}
