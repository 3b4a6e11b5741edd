import type { Point } from '@nunicorn/view'

import { svg } from './dom.ts'
import type { Frame } from './frame.ts'
import { areaPath, linePath } from './scale.ts'

export interface Series {
  readonly name: string
  /** Which colour it has. */
  readonly class: string
  readonly value: (point: Point) => number | undefined
}

/** A measure over time, on request with what lies below it. */
export function lineOf(
  { class: colour, value }: Series,
  {
    history,
    frame,
    area,
  }: { readonly history: readonly Point[]; readonly frame: Frame; readonly area: boolean },
): readonly Element[] {
  const spots = history.map((point) => {
    const found = value(point)
    return found === undefined ? undefined : frame.place(point.at, found)
  })
  const d = linePath(spots, frame.longestStep)
  if (d === '') return []
  const line = svg('path', { class: `line ${colour}`, d })
  if (!area) return [line]
  return [svg('path', { class: `area ${colour}`, d: areaPath(spots, frame) }), line]
}
