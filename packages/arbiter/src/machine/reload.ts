import type { ErrorReport } from '@nunicorn/contract'

import { drain, type Draft, findWorker, report } from './draft.ts'
import type { Report } from './events.ts'
import type { Reload, Rules, State, Worker } from './state.ts'
import { isLive } from './state.ts'

/**
 * A reload is a transaction: read the settings, boot one canary of the new generation, let it live through a short soak,
 * then replace the rest slot by slot. Until the soak is over, any failure leaves everything as it was.
 */
export function askReload(draft: Draft): void {
  const { state } = draft
  if (state.phase !== 'running' || state.leaving !== undefined) return
  if (state.reload !== undefined) {
    if (!state.followUp) report(draft, { type: 'reload-queued' })
    state.followUp = true
    return
  }
  state.lastGeneration += 1
  const generation = state.lastGeneration
  state.reload = {
    generation,
    stage: 'reading',
    rules: undefined,
    canary: undefined,
    soakedAt: undefined,
  }
  report(draft, { type: 'reload-started', generation })
  draft.effects.push({ type: 'read-settings', generation })
}

export function takeSettings(draft: Draft, rules: Rules): void {
  const { reload } = draft.state
  if (reload?.stage !== 'reading') return
  reload.rules = rules
  reload.stage = 'canary'
}

/** The settings of a reload are wrong. */
export function refuseReload(draft: Draft, error: ErrorReport): void {
  const generation = draft.state.reload?.generation ?? draft.state.lastGeneration
  failReload(draft, { type: 'reload-refused', generation, error })
}

export function failReload(
  draft: Draft,
  why: Extract<Report, { type: 'reload-refused' | 'reload-failed' }>,
): void {
  const { state } = draft
  if (state.reload === undefined) return
  const canary =
    state.reload.canary === undefined ? undefined : findWorker(draft, state.reload.canary)
  if (canary && isLive(canary))
    drain(draft, canary, { deadlineMs: state.rules.gracefulTimeoutMs, acceptQueued: false })
  state.reload = undefined
  report(draft, why)
  followUp(draft)
}

/** The first of a new generation, as long as it has not proved itself. */
export function isCanary(state: State, worker: Worker): boolean {
  return state.reload?.canary === worker.id && state.reload.stage !== 'rolling'
}

/** Takes a reload from the canary's boot to the point of no return. */
export function continueReload(draft: Draft): void {
  const { state, now } = draft
  const { reload } = state
  if (reload === undefined || state.phase !== 'running') return
  const canary = reload.canary === undefined ? undefined : findWorker(draft, reload.canary)
  if (reload.stage === 'canary' && canary?.phase === 'ready') {
    const soakMs = reload.rules?.soakMs ?? 0
    reload.stage = 'soaking'
    reload.soakedAt = now + soakMs
    report(draft, { type: 'canary-ready', generation: reload.generation, soakMs })
  }
  if (reload.stage === 'soaking' && hasSoaked(reload, canary)) commit(draft)
}

/** Ends a reload that is through, or that cannot get through and keeps the mend waiting. */
export function finishReload(draft: Draft): void {
  const { state } = draft
  if (state.reload?.stage !== 'rolling' || state.phase !== 'running') return
  const rolled = isRolled(state)
  if (!rolled && !(state.degraded && state.followUp)) return
  state.reload = undefined
  if (rolled) report(draft, { type: 'reload-finished', generation: state.generation })
  followUp(draft)
}

/** Time alone proves nothing: a canary that hung in its soak gives no sign of life at its end. */
function hasSoaked({ soakedAt }: Reload, canary: Worker | undefined): boolean {
  return canary?.phase === 'ready' && soakedAt !== undefined && canary.beatAt >= soakedAt
}

/** From here on the new generation is the one that is right; what fails now is retried, as after any crash. */
function commit({ state }: Draft): void {
  const { reload } = state
  if (reload?.rules === undefined) return
  // A fleet scaled by hand (TTIN, TTOU) keeps its size unless the configured size itself has changed.
  if (reload.rules.workers !== state.rules.workers) state.target = reload.rules.workers
  state.rules = reload.rules
  state.generation = reload.generation
  reload.stage = 'rolling'
  state.slots = {}
  state.growth = {}
}

function isRolled({ workers, target, generation }: State): boolean {
  const live = workers.filter(isLive)
  if (live.some((worker) => worker.generation < generation)) return false
  const slots = new Set(
    live.filter((worker) => worker.phase === 'ready').map((worker) => worker.slot),
  )
  return Array.from({ length: target }, (_, index) => index + 1).every((slot) => slots.has(slot))
}

function followUp(draft: Draft): void {
  if (!draft.state.followUp) return
  draft.state.followUp = false
  askReload(draft)
}
