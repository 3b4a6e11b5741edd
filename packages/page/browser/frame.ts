import type { Point } from '@nunicorn/view'

import type { Spot } from './scale.ts'

/** Where things are on a plot. */
export interface Frame {
  readonly width: number
  readonly height: number
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
  readonly now: number
  /** What the axis of time covers. */
  readonly spanMs: number
  /** How far apart two points may be that a line joins. */
  readonly longestStep: number
  place(at: number, value: number): Spot
  /** How long before now that is. */
  beforeMs(x: number): number
}

const inset = { left: 2, right: 4, top: 18, bottom: 20 }
const spansMs = [60_000, 120_000, 300_000]
const longestGapMs = 12_000

export function frameOf(
  history: readonly Point[],
  {
    width,
    height,
    highest,
  }: { readonly width: number; readonly height: number; readonly highest: number },
): Frame {
  const now = history.at(-1)?.at ?? 0
  const spanMs = spanFor(now - (history[0]?.at ?? now))
  const [left, right] = [inset.left, width - inset.right]
  const [top, bottom] = [inset.top, height - inset.bottom]
  return {
    width,
    height,
    left,
    right,
    top,
    bottom,
    now,
    spanMs,
    longestStep: (longestGapMs / spanMs) * (right - left),
    place: (at, value) => ({
      x: right - ((now - at) / spanMs) * (right - left),
      y: bottom - (value / highest) * (bottom - top),
    }),
    beforeMs: (x) => Math.min(spanMs, Math.max(0, ((right - x) / (right - left)) * spanMs)),
  }
}

/** A page that was just opened has a minute before it, not five empty ones. */
function spanFor(knownMs: number): number {
  return spansMs.find((spanMs) => spanMs >= knownMs) ?? (spansMs.at(-1) as number)
}
