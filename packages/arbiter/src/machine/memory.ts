import { type Draft, kill, report } from './draft.ts'
import { isCanary } from './reload.ts'
import { rulesFor, type State, type Worker } from './state.ts'

/** A worker that reaches max-memory so soon after it was ready is no bigger than the app itself: so will be the next. */
const bornMs = 5_000
/** One that needs longer than this leaks, and it is right to replace it. */
const longLifeMs = 30_000
/** So many workers of a slot in a row may reach the limit early; the next are kept, for longer and longer. */
const freeEarly = 1
const firstPauseMs = 10_000
const longestPauseMs = 600_000

/** What has been learnt of the memory of a slot's workers. */
export interface Growth {
  /** Workers in a row that reached max-memory early. */
  readonly early: number
  /** None is replaced for its memory before then. */
  readonly notBefore: number
}

/** A worker has been measured: over the hard limit it is killed, over the soft one it retires. */
export function weigh(draft: Draft, worker: Worker, bytes: number): void {
  const { maxMemoryBytes, maxMemoryHardBytes } = rulesFor(draft.state, worker)
  if (worker.phase === 'ending') return
  if (maxMemoryHardBytes > 0 && bytes > maxMemoryHardBytes)
    return kill(draft, worker, { type: 'memory', bytes, limitBytes: maxMemoryHardBytes })
  // A canary is the business of its reload.
  if (maxMemoryBytes === 0 || worker.phase !== 'ready' || isCanary(draft.state, worker)) return
  if (bytes <= maxMemoryBytes) return noteFit(draft, worker)
  noteExcess(draft, worker, bytes)
  retire(draft, worker, { bytes, limitBytes: maxMemoryBytes })
}

/** How long a worker is kept that is the latest of so many in a row that were too big early: 0, 10 s, 20 s, ... 10 min. */
export function pauseMs(early: number): number {
  return early <= freeEarly
    ? 0
    : Math.min(longestPauseMs, firstPauseMs * 2 ** (early - freeEarly - 1))
}

function ageMs({ now }: Draft, { readyAt }: Worker): number {
  return now - (readyAt ?? now)
}

function noteFit(draft: Draft, worker: Worker): void {
  if (ageMs(draft, worker) < longLifeMs) return
  delete draft.state.growth[worker.slot]
  worker.tooBig = false
}

/** Judges each worker once, when it is first seen to be too big. */
function noteExcess(draft: Draft, worker: Worker, bytes: number): void {
  const { state, now } = draft
  const { id, slot } = worker
  if (worker.tooBig) return
  worker.tooBig = true
  const age = ageMs(draft, worker)
  if (age >= longLifeMs) {
    delete state.growth[slot]
    return
  }
  const known = Object.values(state.growth).some(({ early }) => early > freeEarly)
  const before = state.growth[slot]?.early ?? 0
  const early = age < bornMs ? Math.max(before, freeEarly) + 1 : before + 1
  const delayMs = pauseMs(early)
  state.growth[slot] = { early, notBefore: now + delayMs }
  if (known || delayMs === 0) return
  const limitBytes = rulesFor(state, worker).maxMemoryBytes
  report(draft, { type: 'memory-limit-low', id, slot, bytes, limitBytes, ageMs: age, delayMs })
}

/**
 * One at a time, and until the old one has left: so long the fleet needs the memory of one worker more. The others are
 * measured again in a moment.
 */
function retire(
  draft: Draft,
  worker: Worker,
  memory: { readonly bytes: number; readonly limitBytes: number },
): void {
  const { state, now } = draft
  const { id, slot } = worker
  if (state.phase !== 'running' || worker.retiring !== undefined || isUnderWay(state)) return
  if (now < (state.growth[slot]?.notBefore ?? now)) return
  worker.retiring = 'memory'
  report(draft, { type: 'worker-retiring', id, slot, reason: 'memory', memory })
}

function isUnderWay({ workers }: State): boolean {
  return workers.some((worker) => worker.retiring === 'memory')
}
