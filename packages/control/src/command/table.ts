import { printableLine } from './units.ts'

/** Columns as wide as they need be; those whose head ends in a blank are numbers, and stand to the right. */
export function table(heads: readonly string[], given: readonly (readonly string[])[]): string {
  const rows = given.map((cells) => cells.map(printableLine))
  const widths = heads.map((head, column) =>
    Math.max(head.trim().length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]): string =>
    heads
      .map((head, column) => {
        const cell = (cells[column] ?? '').trim()
        const width = widths[column] ?? 0
        return head.endsWith(' ') ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  return [line(heads), ...rows.map(line)].join('\n')
}
