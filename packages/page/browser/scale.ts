/** A place on a plot, in its own units. */
export interface Spot {
  readonly x: number
  readonly y: number
}

/** The steps at which a grid has lines: 1, 2 or 5 times a power of ten (of two for bytes), and few of them. */
export function ticks(highest: number, { base = 10, count = 3 } = {}): readonly number[] {
  if (!(highest > 0)) return [0]
  const rough = highest / count
  const power = base ** Math.floor(Math.log(rough) / Math.log(base))
  const steps = base === 10 ? [1, 2, 5, 10] : [1, 2]
  const step = (steps.find((factor) => factor * power >= rough * 0.999) ?? base) * power
  const number = Math.max(1, Math.ceil(highest / step - 1e-9))
  return Array.from({ length: number + 1 }, (_, index) => index * step)
}

/**
 * A line through the points as the `d` of an SVG path; it has a gap where a value is missing and where nobody looked for a
 * while.
 */
export function linePath(spots: readonly (Spot | undefined)[], longestStep: number): string {
  let path = ''
  let before: Spot | undefined
  for (const spot of spots) {
    if (spot) {
      const joined = before !== undefined && spot.x - before.x <= longestStep
      path += `${joined ? 'L' : 'M'}${short(spot.x)} ${short(spot.y)}`
      // A lone point is a line to itself, which round ends make visible.
      if (!joined) path += `h0`
    }
    before = spot
  }
  return path
}

function short(value: number): number {
  return Math.round(value * 10) / 10
}
