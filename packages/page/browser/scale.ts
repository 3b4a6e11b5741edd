/** A place on a plot, in its own units. */
export interface Spot {
  readonly x: number
  readonly y: number
}

/** Where a grid has lines: few, at steps of 1, 2 or 5 times a power of ten, or of 1 times a power of two. */
export function ticks(highest: number, { base = 10, count = 3 } = {}): readonly number[] {
  if (!(highest > 0)) return [0]
  const rough = highest / count
  const power = base ** Math.floor(Math.log(rough) / Math.log(base))
  const factors = base === 10 ? [1, 2, 5] : [1]
  const step = (factors.find((factor) => factor * power >= rough * 0.999) ?? base) * power
  const number = Math.max(1, Math.ceil(highest / step - 1e-9))
  return Array.from({ length: number + 1 }, (_, index) => index * step)
}

/**
 * A line through the spots as the `d` of an SVG path; it has a gap where a value is missing and where nobody looked for a
 * while.
 */
export function linePath(spots: readonly (Spot | undefined)[], longestStep: number): string {
  // A lone spot is a line to itself, which round ends make visible.
  return pieces(spots, longestStep)
    .map((piece) => `M${piece.map(written).join('L')}${piece.length === 1 ? 'h0' : ''}`)
    .join('')
}

/** The same line, each piece of it closed along the bottom. */
export function areaPath(
  spots: readonly (Spot | undefined)[],
  { longestStep, bottom }: { readonly longestStep: number; readonly bottom: number },
): string {
  return pieces(spots, longestStep)
    .filter((piece) => piece.length > 1)
    .map((piece) => {
      const [first, last] = [piece[0], piece.at(-1)] as [Spot, Spot]
      return `M${short(first.x)} ${bottom}L${piece.map(written).join('L')}L${short(last.x)} ${bottom}Z`
    })
    .join('')
}

function pieces(spots: readonly (Spot | undefined)[], longestStep: number): readonly Spot[][] {
  const all: Spot[][] = []
  let before: Spot | undefined
  for (const spot of spots) {
    if (spot && before && spot.x - before.x <= longestStep) all.at(-1)?.push(spot)
    else if (spot) all.push([spot])
    before = spot
  }
  return all
}

function written({ x, y }: Spot): string {
  return `${short(x)} ${short(y)}`
}

function short(value: number): number {
  return Math.round(value * 10) / 10
}
