/**
 * Answers by the first digit of their status, and as `aborted` the requests without a whole answer: because their client
 * went before, or was disconnected, or the deadline of a drain came. An upgrade counts when it ends.
 */
export type AnswerCounts = Readonly<
  Record<'1xx' | '2xx' | '3xx' | '4xx' | '5xx' | 'aborted', number>
>

/** How many answers there were of each status: `{ 200: 17, 404: 1 }`. Those of `aborted` are not among them. */
export type StatusCounts = Readonly<Record<string, number>>

/** A histogram of how long answers took. */
export interface Durations {
  /** For each of {@link durationBounds} the answers that took no longer, and no less than the bound before; then the rest. */
  readonly counts: readonly number[]
  readonly sumSeconds: number
}

/** Upper bounds in seconds. */
export const durationBounds: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
]

export const noAnswers: AnswerCounts = {
  '1xx': 0,
  '2xx': 0,
  '3xx': 0,
  '4xx': 0,
  '5xx': 0,
  aborted: 0,
}

export const noDurations: Durations = {
  counts: Array<number>(durationBounds.length + 1).fill(0),
  sumSeconds: 0,
}

export function addAnswers(some: AnswerCounts, more: AnswerCounts): AnswerCounts {
  return {
    '1xx': some['1xx'] + more['1xx'],
    '2xx': some['2xx'] + more['2xx'],
    '3xx': some['3xx'] + more['3xx'],
    '4xx': some['4xx'] + more['4xx'],
    '5xx': some['5xx'] + more['5xx'],
    aborted: some.aborted + more.aborted,
  }
}

export function addStatuses(some: StatusCounts, more: StatusCounts): StatusCounts {
  const sum: Record<string, number> = { ...some }
  for (const [status, count] of Object.entries(more)) sum[status] = (sum[status] ?? 0) + count
  return sum
}

export function addDurations(some: Durations, more: Durations): Durations {
  return {
    counts: some.counts.map((count, index) => count + (more.counts[index] ?? 0)),
    sumSeconds: some.sumSeconds + more.sumSeconds,
  }
}
