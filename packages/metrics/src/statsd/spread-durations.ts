import { type Durations, durationBounds } from '@nunicorn/contract'

/** So many answers took about so long. */
export interface Timing {
  readonly count: number
  readonly seconds: number
}

/**
 * Stands for the answers of a histogram: for each bucket one duration within its bounds, chosen so that all of them together
 * took as long as they did. StatsD wants single durations, of which the arbiter is not told.
 */
export function spreadDurations({ counts, sumSeconds }: Durations): readonly Timing[] {
  const buckets = counts.flatMap((count, index) => {
    const lower = durationBounds[index - 1] ?? 0
    // Whatever took longer than the last bound took, all told, what the sum leaves for it.
    const upper = durationBounds[index] ?? Math.max(lower, sumSeconds)
    return count > 0 ? [{ count, lower, upper }] : []
  })
  const least = total(buckets, ({ lower }) => lower)
  const most = total(buckets, ({ upper }) => upper)
  const part = most > least ? Math.min(1, Math.max(0, (sumSeconds - least) / (most - least))) : 0
  return buckets.map(({ count, lower, upper }) => ({
    count,
    seconds: lower + part * (upper - lower),
  }))
}

function total<Bucket extends { readonly count: number }>(
  buckets: readonly Bucket[],
  of: (bucket: Bucket) => number,
): number {
  return buckets.reduce((sum, bucket) => sum + bucket.count * of(bucket), 0)
}
