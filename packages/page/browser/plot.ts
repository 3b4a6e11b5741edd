import type { Point } from '@nunicorn/view'

import { element, setAttributes, setText, svg } from './dom.ts'
import { type Frame, frameOf } from './frame.ts'
import { gridOf } from './grid.ts'
import { legend } from './legend.ts'
import { lineOf, type Series } from './lines.ts'
import { ticks } from './scale.ts'

export interface PlotOptions {
  readonly title: string
  readonly text: (value: number) => string
  readonly series: (history: readonly Point[]) => readonly Series[]
  /** What the axis reaches at least. */
  readonly atLeast: number
  /** Of the steps of the grid. */
  readonly base?: 2 | 10
  readonly area?: boolean
}

const height = 170

/**
 * Draws some measures of the last minutes. Below it is said what they are now, or where somebody points, with the mouse or
 * the arrow keys.
 */
export function plot(
  parent: Element,
  { title, text, series: seriesOf, atLeast, base = 10, area = false }: PlotOptions,
): (history: readonly Point[]) => void {
  const [grid, lines] = [svg('g', { class: 'grid' }), svg('g')]
  const cross = svg('line', { class: 'cross' })
  const picture = svg('svg', { role: 'img', tabindex: 0, height }, grid, lines, cross)
  const when = element('span', { class: 'when' })
  const head = element('div', { class: 'plot-head' }, element('h2', {}, title), when)
  const names = legend(text)
  parent.append(element('figure', { class: 'card plot' }, head, picture, names.element))

  let history: readonly Point[] = []
  let frame: Frame
  let pointedMs: number | undefined

  function draw(): void {
    const series = seriesOf(history)
    const values = history.flatMap((point) => series.map(({ value }) => value(point) ?? 0))
    const steps = ticks(Math.max(atLeast, ...values), { base })
    const width = picture.clientWidth
    frame = frameOf(history, { width, height, highest: steps.at(-1) ?? 1 })
    setAttributes(picture, { viewBox: `0 0 ${width} ${height}` })
    grid.replaceChildren(...gridOf(frame, { steps, text }))
    lines.replaceChildren(...series.flatMap((one) => lineOf(one, { history, frame, area })))
    const seen = pointedMs === undefined ? history.at(-1) : nearest(history, frame.now - pointedMs)
    setAttributes(picture, { 'aria-label': `${title}: ${names.draw(series, seen)}` })
    drawCross(seen)
  }

  function drawCross(seen: Point | undefined): void {
    const shown = pointedMs !== undefined && seen !== undefined
    setText(when, shown ? `${Math.round((frame.now - seen.at) / 1_000)} s ago` : '')
    const { x } = frame.place(seen?.at ?? 0, 0)
    const { top: y1, bottom: y2 } = frame
    setAttributes(
      cross,
      shown ? { x1: x, x2: x, y1, y2, visibility: 'visible' } : { visibility: 'hidden' },
    )
  }

  function point(agoMs: number | undefined): void {
    pointedMs = agoMs
    draw()
  }
  picture.addEventListener('pointermove', ({ clientX }) =>
    point(frame.beforeMs(clientX - picture.getBoundingClientRect().left)),
  )
  for (const type of ['pointerleave', 'blur'])
    picture.addEventListener(type, () => point(undefined))
  picture.addEventListener('keydown', (event) => {
    const by = { ArrowLeft: frame.spanMs / 60, ArrowRight: -frame.spanMs / 60 }[event.key]
    if (event.key === 'Escape') point(undefined)
    if (by === undefined) return
    event.preventDefault()
    point(Math.min(frame.spanMs, Math.max(0, (pointedMs ?? 0) + by)))
  })
  new ResizeObserver(draw).observe(picture)

  return (next) => {
    history = next
    draw()
  }
}

function nearest(history: readonly Point[], at: number): Point | undefined {
  return history.reduce<Point | undefined>(
    (best, point) => (best && Math.abs(best.at - at) <= Math.abs(point.at - at) ? best : point),
    undefined,
  )
}
