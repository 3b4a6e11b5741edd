import {
  addAnswers,
  addDurations,
  addStatuses,
  noAnswers,
  noDurations,
  type ReloadOutcome,
  type Totals,
  type WorkerSample,
} from '@nunicorn/contract'

/** Counts what has happened since the arbiter started. Workers count from zero when they start, so the dead are added up. */
export interface Tally {
  /** A worker has said what it has counted so far. What is less than before is no news. */
  sample(worker: number, sample: WorkerSample): void
  booted(tookMs: number): void
  /** What a worker counted between its last beat and its end is not known, and not counted. */
  ended(worker: number, cause: string): void
  reloaded(result: ReloadOutcome['result']): void
  totals(): Totals
}

type Counted = Pick<
  Totals,
  'requests' | 'answers' | 'statuses' | 'durations' | 'droppedOutput' | 'cpuSeconds'
>

const nothing: Counted = {
  requests: 0,
  answers: noAnswers,
  statuses: {},
  durations: noDurations,
  droppedOutput: 0,
  cpuSeconds: 0,
}

export function createTally(): Tally {
  const living = new Map<number, Counted>()
  const ends: Record<string, number> = {}
  const reloads = { finished: 0, refused: 0, failed: 0 }
  let boots = { count: 0, totalMs: 0, lastMs: 0 }
  let dead = nothing

  return {
    sample: (worker, sample) =>
      void living.set(worker, atLeast(living.get(worker) ?? nothing, sample)),
    booted(lastMs) {
      boots = { count: boots.count + 1, totalMs: boots.totalMs + lastMs, lastMs }
    },
    ended(worker, cause) {
      dead = add(dead, living.get(worker) ?? nothing)
      living.delete(worker)
      ends[cause] = (ends[cause] ?? 0) + 1
    },
    reloaded: (result) => void (reloads[result] += 1),
    totals: () => ({
      ...[...living.values()].reduce(add, dead),
      boots,
      ends: { ...ends },
      reloads: { ...reloads },
    }),
  }
}

/** An app can speak on the worker's channel, too, and a class of somebody else's may count as it likes; but no counter falls. */
function atLeast(before: Counted, now: WorkerSample): Counted {
  const { answers = noAnswers, statuses = {}, durations = noDurations } = now
  return {
    requests: Math.max(before.requests, now.requests),
    answers: larger(before.answers, answers),
    statuses: larger(before.statuses, statuses),
    durations: {
      counts: before.durations.counts.map((count, index) =>
        Math.max(count, durations.counts[index] ?? 0),
      ),
      sumSeconds: Math.max(before.durations.sumSeconds, durations.sumSeconds),
    },
    droppedOutput: Math.max(before.droppedOutput, now.droppedOutput),
    cpuSeconds: Math.max(before.cpuSeconds, now.cpuSeconds),
  }
}

function larger<Counts extends Readonly<Record<string, number>>>(
  before: Counts,
  now: Counts,
): Counts {
  const larger: Record<string, number> = { ...before }
  for (const [name, count] of Object.entries(now)) larger[name] = Math.max(larger[name] ?? 0, count)
  return larger as Counts
}

function add(some: Counted, more: Counted): Counted {
  return {
    requests: some.requests + more.requests,
    answers: addAnswers(some.answers, more.answers),
    statuses: addStatuses(some.statuses, more.statuses),
    durations: addDurations(some.durations, more.durations),
    droppedOutput: some.droppedOutput + more.droppedOutput,
    cpuSeconds: some.cpuSeconds + more.cpuSeconds,
  }
}
