/** The middle one of `samples`, or the mean of the two in the middle; NaN for none. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : mean(sorted.slice(middle - 1, middle + 1))
}

/** NaN for none. */
export function mean(samples: readonly number[]): number {
  return samples.reduce((sum, sample) => sum + sample, 0) / samples.length
}

/**
 * Compares two series round by round and takes the median: what slowed a whole round down hits both, and cancels out.
 * Undefined when a series is missing.
 */
export function pairwise(
  compare: (a: number, b: number) => number,
  [ours, theirs]: readonly [readonly number[] | undefined, readonly number[] | undefined],
): number | undefined {
  if (!ours?.length || ours.length !== theirs?.length) return undefined
  return median(ours.map((sample, round) => compare(sample, theirs[round]!)))
}

export const ratio = (a: number, b: number): number => a / b
export const difference = (a: number, b: number): number => a - b
