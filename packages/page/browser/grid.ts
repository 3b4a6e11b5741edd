import { svg } from './dom.ts'
import type { Frame } from './frame.ts'

const roomForLabel = 64

/** Lines across with what they stand for, and the time along the bottom. */
export function gridOf(
  frame: Frame,
  { steps, text }: { readonly steps: readonly number[]; readonly text: (value: number) => string },
): readonly Element[] {
  return [...steps.flatMap((step) => across(frame, { step, text })), ...along(frame)]
}

function across(
  { left, right, now, place }: Frame,
  { step, text }: { readonly step: number; readonly text: (value: number) => string },
): readonly Element[] {
  const { y } = place(now, step)
  const base = step === 0
  const line = svg('line', { x1: left, x2: right, y1: y, y2: y, class: base ? 'base' : undefined })
  return base ? [line] : [line, svg('text', { x: left, y: y - 4 }, text(step))]
}

function along({ left, right, height, now, spanMs, place }: Frame): readonly Element[] {
  const parts =
    (spanMs === 300_000 ? [5, 2, 1] : [4, 2, 1]).find(
      (count) => (right - left) / count >= roomForLabel,
    ) ?? 1
  return Array.from({ length: parts + 1 }, (_, index) => {
    const agoMs = spanMs * (1 - index / parts)
    const anchor = index === 0 ? 'start' : index === parts ? 'end' : 'middle'
    const { x } = place(now - agoMs, 0)
    return svg('text', { x, y: height - 5, 'text-anchor': anchor }, ago(agoMs))
  })
}

function ago(ms: number): string {
  if (ms === 0) return 'now'
  const seconds = Math.round(ms / 1_000)
  return seconds > 90 && seconds % 60 === 0 ? `−${seconds / 60} min` : `−${seconds} s`
}
