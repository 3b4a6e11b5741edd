const blocks = '▁▂▃▄▅▆▇█'

/** The last values as a row of blocks, the highest the full one; a blank for what is not known. */
export function sparkline(values: readonly (number | undefined)[], width: number): string {
  const shown = values.slice(-width)
  const highest = Math.max(...shown.map((value) => value ?? 0))
  return shown
    .map((value) => {
      if (value === undefined) return ' '
      if (highest === 0) return blocks[0]
      return blocks[Math.min(blocks.length - 1, Math.floor((value / highest) * blocks.length))]
    })
    .join('')
}
