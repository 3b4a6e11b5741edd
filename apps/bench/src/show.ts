import type { Figure } from './results.ts'
import { median, pairwise } from './statistics.ts'

/** A number as people read it. */
export function show(value: number): string {
  if (value >= 1_000) return Math.round(value).toLocaleString('en')
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 1)
}

export function showMedian({ samples }: Figure, entrant: string): string {
  return show(median(samples[entrant] ?? []))
}

export function showRatio(
  { samples }: Figure,
  [entrant, other]: readonly [string, string],
): string {
  const ratio = pairwise('ratio', [samples[entrant], samples[other]])
  return ratio === undefined || !Number.isFinite(ratio) ? '-' : ratio.toFixed(2)
}
