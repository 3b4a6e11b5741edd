import { show } from '../show.ts'
import { element, type Fragment, text } from './element.ts'

/** Horizontal bars, one below the other. */
export interface BarChart {
  readonly title: string
  /** The unit, and which is better. */
  readonly subtitle: string
  /** With a gap between one and the next. */
  readonly groups: readonly (readonly Bar[])[]
}

export interface Bar {
  readonly label: string
  readonly value: number
  /** From the smallest to the largest sample. */
  readonly spread: readonly [number, number]
  /** The one that all this is about. */
  readonly isOurs: boolean
}

/** A chart as a fragment of a page, with its top left corner at 0, 0. */
export function barChart({ title, subtitle, groups }: BarChart): Fragment {
  const scale = createScale(groups.flat())
  const rows: Fragment[] = []
  let top = headHeight
  for (const [index, group] of groups.entries()) {
    if (index > 0) top += gapHeight
    for (const bar of group) {
      rows.push(row(bar, { top, scale }))
      top += rowHeight
    }
  }
  const content = [
    text(title, { x: 0, y: 18, class: 'title' }),
    text(subtitle, { x: 0, y: 36, class: 'subtitle' }),
    ...rows.map(({ content: inside }) => inside),
  ]
  return { width: labelWidth + barWidth + valueWidth, height: top, content: content.join('\n') }
}

const headHeight = 48
const rowHeight = 24
const gapHeight = 10
const labelWidth = 240
const barWidth = 340
const valueWidth = 90

type Scale = (value: number) => number

function createScale(bars: readonly Bar[]): Scale {
  const largest = Math.max(...bars.map(({ spread }) => spread[1]), Number.MIN_VALUE)
  return (value) => Math.round((value / largest) * barWidth * 10) / 10
}

function row(
  { label, value, spread, isOurs }: Bar,
  { top, scale }: { readonly top: number; readonly scale: Scale },
): Fragment {
  const middle = top + rowHeight / 2
  const [low, high] = spread.map(scale) as [number, number]
  const content = [
    text(label, { x: labelWidth - 8, y: middle + 4, class: isOurs ? 'label ours' : 'label' }),
    element('rect', {
      x: labelWidth,
      y: top + 4,
      // A bar of nothing is still seen to be there.
      width: Math.max(1, scale(value)),
      height: rowHeight - 8,
      class: isOurs ? 'bar ours' : 'bar',
    }),
    element('line', {
      x1: labelWidth + low,
      x2: labelWidth + high,
      y1: middle,
      y2: middle,
      class: 'spread',
    }),
    text(show(value), {
      x: labelWidth + Math.max(scale(value), high) + 8,
      y: middle + 4,
      class: isOurs ? 'value ours' : 'value',
    }),
  ].join('\n')
  return { width: 0, height: rowHeight, content }
}
