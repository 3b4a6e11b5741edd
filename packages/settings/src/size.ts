const unitsBytes: Readonly<Record<string, number>> = {
  '': 1,
  kb: 2 ** 10,
  mb: 2 ** 20,
  gb: 2 ** 30,
  tb: 2 ** 40,
}

/** A number of bytes, or a number with its unit: kb, mb, gb or tb, of which the `b` may be left out. */
export const sizePattern = '^[0-9]+(\\.[0-9]+)?([kKmMgGtT][bB]?)?$'

/**
 * Reads `'512mb'`, `'1.5GB'`, `'300M'`, `0` or a number of bytes. A kb is 1,024 bytes, as the kernel counts.
 *
 * @returns whole bytes, or `undefined` for what is no size.
 */
export function parseSize(written: number | string): number | undefined {
  const text = String(written).toLowerCase()
  if (!new RegExp(sizePattern).test(text)) return undefined
  const letter = /[a-z]/.exec(text)?.[0]
  const unit = letter === undefined ? '' : `${letter}b`
  const bytes = Math.round(Number.parseFloat(text) * (unitsBytes[unit] ?? Number.NaN))
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/** The shortest text that `parseSize` reads back: `'512mb'`, `'1536mb'`, `'1gb'`. */
export function formatSize(bytes: number): string {
  const [unit, unitBytes] = Object.entries(unitsBytes)
    .filter(([, each]) => bytes > 0 && bytes % each === 0)
    .at(-1) ?? ['', 1]
  return `${bytes / unitBytes}${unit}`
}
