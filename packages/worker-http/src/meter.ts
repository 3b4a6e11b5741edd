import {
  type AnswerCounts,
  durationBounds,
  type Durations,
  type StatusCounts,
} from '@nunicorn/contract'
import type { Exchange } from '@nunicorn/shutdown'

/** Counts answers, and how long they took. */
export interface Meter {
  /** To be called with every exchange that has ended. */
  count(exchange: Exchange): void
  read(): {
    readonly answers: AnswerCounts
    readonly statuses: StatusCounts
    readonly durations: Durations
  }
}

/** On the path of every request it adds to four numbers, and makes nothing. */
export function createMeter(): Meter {
  /** By status; those without a whole answer at 0. A worker that lives long may count beyond 2^32. */
  const answers = new Float64Array(1_000)
  const durations = new Float64Array(durationBounds.length + 1)
  let sumMs = 0

  function sumOf(digit: number): number {
    return answers.subarray(digit * 100, (digit + 1) * 100).reduce((sum, count) => sum + count, 0)
  }

  function byStatus(): StatusCounts {
    const counted = [...answers.entries()].slice(100).filter(([, count]) => count > 0)
    return Object.fromEntries(counted)
  }

  return {
    count({ ending, status = 0, method, startedAt, endedAt }) {
      if (!isWhole(ending, status)) return void (answers[0]! += 1)
      answers[status]! += 1
      if (ending === 'upgraded' || method === undefined) return
      const tookMs = endedAt - startedAt
      durations[bucketOf(tookMs)]! += 1
      sumMs += tookMs
    },
    read: () => ({
      answers: {
        '1xx': sumOf(1),
        '2xx': sumOf(2),
        '3xx': sumOf(3),
        '4xx': sumOf(4),
        '5xx': sumOf(5),
        aborted: answers[0]!,
      },
      statuses: byStatus(),
      durations: { counts: [...durations], sumSeconds: sumMs / 1_000 },
    }),
  }
}

/** Whether the client has been told something, and all of it. A 408 or a 503 is the answer to what took too long. */
function isWhole(ending: Exchange['ending'], status: number): boolean {
  if (ending === 'answered' || ending === 'upgraded') return true
  if (ending === 'refused') return status !== 0
  return ending === 'timed-out' && (status === 408 || status === 503)
}

const boundsMs = durationBounds.map((seconds) => seconds * 1_000)

/** From below, because most answers are quick. */
function bucketOf(tookMs: number): number {
  let bucket = 0
  while (bucket < boundsMs.length && tookMs > boundsMs[bucket]!) bucket += 1
  return bucket
}
