const TIME_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
}

/** `500ms`, `10s`, `2m`, `1h`; a number alone counts seconds. In ms; undefined for what is none of these. */
export function readTime(text: string): number | undefined {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? []
  const timeMs = Number(number) * (TIME_UNITS[unit] ?? Number.NaN)
  // A timer of Node that is set for longer fires at once.
  return timeMs < 2 ** 31 ? timeMs : undefined
}

/** `65536`, `64kB`, `1.5MB`. Undefined for what is no size of at least a byte that fits into memory. */
export function readSize(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)(B|kB|KB|MB|GB)?$/.exec(text) ?? []
  const bytes = Math.round(Number(number) * (SIZE_UNITS[unit] ?? Number.NaN))
  return bytes >= 1 && bytes <= 2e9 ? bytes : undefined
}

/** A whole number from 1 on. */
export function readCount(text: string, most: number): number | undefined {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0
  return count >= 1 && count <= most ? count : undefined
}
