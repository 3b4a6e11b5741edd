/** The middle one of `samples`, or the mean of the two in the middle; NaN for none. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? sorted[middle]!
    : mean(sorted.slice(Math.max(0, middle - 1), middle + 1))
}

/** NaN for none. */
export function mean(samples: readonly number[]): number {
  return samples.reduce((sum, sample) => sum + sample, 0) / samples.length
}

/**
 * Compares two series round by round and takes the median: what slows a whole round down hits both, and cancels out.
 * Undefined where a series is missing.
 */
export function pairwise(
  by: 'ratio' | 'difference',
  [ours, theirs]: readonly [readonly number[] | undefined, readonly number[] | undefined],
): number | undefined {
  if (!ours?.length || ours.length !== theirs?.length) return undefined
  return median(
    ours.map((sample, round) =>
      by === 'ratio' ? sample / theirs[round]! : sample - theirs[round]!,
    ),
  )
}
