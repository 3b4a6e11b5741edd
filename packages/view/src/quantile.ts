import { durationBounds, type Durations } from '@nunicorn/contract'

const msPerSecond = 1_000

/**
 * The time in milliseconds within which the part `quantile` of the answers came; undefined if there were none. Within a
 * bucket it is interpolated, as Prometheus' `histogram_quantile` does; beyond the last bound it is that bound.
 */
export function quantileMs({ counts }: Durations, quantile: number): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return undefined
  const rank = quantile * total
  let below = 0
  for (const [index, count] of counts.entries()) {
    if (count > 0 && below + count >= rank) {
      const lower = durationBounds[index - 1] ?? 0
      const upper = durationBounds[index] ?? lower
      return (lower + ((upper - lower) * Math.max(0, rank - below)) / count) * msPerSecond
    }
    below += count
  }
  return (durationBounds.at(-1) ?? 0) * msPerSecond
}
