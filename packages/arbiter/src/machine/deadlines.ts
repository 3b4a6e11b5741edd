import { nextTokenAt, stableAfterMs } from './budget.ts'
import { condemn, type Draft, healthOf, kill, report } from './draft.ts'
import { type Rules, rulesFor, type State, type Worker } from './state.ts'

/** How long the shell may take to find out why a worker is silent. */
const diagnosisMs = 5_000

/** What has become due by now. */
export function enforceDeadlines(draft: Draft): void {
  for (const worker of draft.state.workers) {
    forgetFailures(draft, worker)
    if (worker.phase !== 'ending') checkBeat(draft, worker)
    if (worker.diagnosisDueAt !== undefined && draft.now >= worker.diagnosisDueAt)
      giveUpDiagnosis(draft, worker)
    if (worker.killAt !== undefined && draft.now >= worker.killAt)
      kill(draft, worker, { type: 'drain-timeout' })
  }
}

/** When the next thing becomes due. */
export function nextDeadline(state: State, now: number): number {
  const times = state.workers.flatMap((worker) => [
    worker.killAt,
    worker.diagnosisDueAt ?? silentAt(worker, rulesFor(state, worker)),
    worker.suspect ? undefined : suspectAt(worker, rulesFor(state, worker)),
  ])
  const slots = Object.values(state.slots).flatMap((health) => [
    health.notBefore,
    health.charged ? nextTokenAt(state.budget) : undefined,
  ])
  const due = [...times, ...slots, state.leaving?.until].filter((at) => at !== undefined)
  return Math.min(...due.filter((at) => at > now))
}

function checkBeat(draft: Draft, worker: Worker): void {
  const { state, now } = draft
  const rules = rulesFor(state, worker)
  if (!worker.suspect && now >= suspectAt(worker, rules)) {
    worker.suspect = true
    draft.effects.push({ type: 'watch-worker', id: worker.id })
    report(draft, { type: 'worker-suspect', id: worker.id, slot: worker.slot })
  }
  if (worker.diagnosisDueAt === undefined && now >= silentAt(worker, rules)) {
    worker.diagnosisDueAt = now + diagnosisMs
    draft.effects.push({ type: 'diagnose-worker', id: worker.id })
  }
}

function giveUpDiagnosis(draft: Draft, worker: Worker): void {
  const diagnosis = { verdict: 'unknown', stackMissing: 'finding out took too long' } as const
  condemn(draft, worker, { type: worker.phase === 'booting' ? 'boot-timeout' : 'hang', diagnosis })
}

/** A worker that was never ready may be busy for long: only its boot timeout counts, or that it shall leave. */
function suspectAt(worker: Worker, rules: Rules): number {
  return worker.readyAt === undefined ? Number.POSITIVE_INFINITY : worker.beatAt + 2 * rules.beatMs
}

function silentAt(worker: Worker, rules: Rules): number {
  if (worker.phase === 'ending' || (worker.phase === 'draining' && worker.readyAt === undefined))
    return Number.POSITIVE_INFINITY
  const [since, limitMs] =
    worker.phase === 'booting'
      ? [worker.spawnedAt, rules.bootTimeoutMs]
      : [worker.beatAt, rules.timeoutMs]
  return limitMs === 0 ? Number.POSITIVE_INFINITY : Math.max(since, worker.silentUntil) + limitMs
}

/** A worker that outlived the last failure of its slot; one from before it, still in service, proves nothing. */
function forgetFailures(draft: Draft, worker: Worker): void {
  const { state, now } = draft
  if (
    worker.phase !== 'ready' ||
    worker.readyAt === undefined ||
    now - worker.readyAt < stableAfterMs
  )
    return
  const health = healthOf(draft, worker.slot)
  if (health.said.length > 0 && worker.id > health.lastDead)
    state.slots[worker.slot] = { ...health, failures: 0, notBefore: now, charged: false, said: [] }
}
