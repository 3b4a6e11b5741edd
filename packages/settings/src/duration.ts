const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** 24.8 days: a timer of Node that is set for longer fires at once. */
export const longestDurationMs: number = 2 ** 31 - 1

/** A number of seconds, as in Gunicorn, or a number with its unit: ms, s, m or h. */
export const durationPattern = '^[0-9]+(\\.[0-9]+)?(ms|s|m|h)?$'

/**
 * Reads `30`, `'30'`, `'1.5s'`, `'500ms'`, `'2m'` or `'1h'`.
 *
 * @returns milliseconds, or `undefined` for what is no duration, is finer than a millisecond (it could round to 0, which
 *   often means "never") or is longer than {@link longestDurationMs}.
 */
export function parseDuration(written: number | string): number | undefined {
  const text = String(written)
  if (!new RegExp(durationPattern).test(text)) return undefined
  const unit = /[a-z]+$/.exec(text)?.[0] ?? 's'
  const exactMs = Number.parseFloat(text) * (unitsMs[unit] ?? Number.NaN)
  const durationMs = Math.round(exactMs)
  // A product of decimal fractions is a little off: 1.005 * 1000 is 1004.9999999999999.
  const isWhole = Math.abs(exactMs - durationMs) < 1e-6
  const isZero = !/[1-9]/.test(text)
  const fits = isWhole && durationMs <= longestDurationMs && (durationMs > 0 || isZero)
  return fits ? durationMs : undefined
}

/** The shortest text that `parseDuration` reads back: `'500ms'`, `'2.5s'`, `'1m'`. */
export function formatDuration(durationMs: number): string {
  if (durationMs === 0) return '0s'
  if (durationMs < 1000) return `${durationMs}ms`
  if (durationMs % 3_600_000 === 0) return `${durationMs / 3_600_000}h`
  if (durationMs % 60_000 === 0) return `${durationMs / 60_000}m`
  return `${durationMs / 1000}s`
}
