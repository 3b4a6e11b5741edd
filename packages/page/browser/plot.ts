import type { Point } from '@nunicorn/view'

import { element, setAttributes, setText, svg } from './dom.ts'
import { linePath, type Spot, ticks } from './scale.ts'

export interface Series {
  readonly name: string
  /** Which colour it has. */
  readonly class: string
  readonly value: (point: Point) => number | undefined
}

export interface PlotOptions {
  readonly title: string
  readonly text: (value: number) => string
  readonly series: (history: readonly Point[]) => readonly Series[]
  /** What the axis reaches at least. */
  readonly atLeast: number
  /** What it reaches always. */
  readonly exactly?: number
  readonly base?: number
  readonly area?: true
}

const width = 560
const height = 170
const inset = { left: 6, right: 6, top: 12, bottom: 20 }
const spanMs = 5 * 60_000
const longestGapMs = 12_000

/** Draws some measures of the last five minutes. Its caption says in words what it shows now. */
export function plot(
  parent: HTMLElement,
  { title, text, series: seriesOf, atLeast, exactly, base, area }: PlotOptions,
): (history: readonly Point[]) => void {
  const grid = svg('g', { class: 'grid' })
  const lines = svg('g', { class: 'lines' })
  const cross = svg('line', {
    class: 'cross',
    y1: inset.top,
    y2: height - inset.bottom,
    visibility: 'hidden',
  })
  const picture = svg(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, role: 'img', tabindex: 0 },
    grid,
    lines,
    cross,
  )
  const legend = element('figcaption', { class: 'legend' })
  const heading = element('h2', {}, title)
  const when = element('span', { class: 'when' })
  parent.append(
    element(
      'figure',
      { class: 'card plot' },
      element('div', { class: 'plot-head' }, heading, when),
      picture,
      legend,
    ),
  )

  let history: readonly Point[] = []
  /** The time at which somebody points, as a distance from now. */
  let pointedMs: number | undefined

  function draw(): void {
    const now = history.at(-1)?.at ?? 0
    const all = seriesOf(history)
    const highest = Math.max(
      atLeast,
      ...history.flatMap((point) => all.map(({ value }) => value(point) ?? 0)),
    )
    const steps = ticks(exactly ?? highest, base === undefined ? {} : { base })
    const top = exactly ?? steps.at(-1) ?? 1
    const place = (at: number, value: number): Spot => ({
      x: width - inset.right - ((now - at) / spanMs) * (width - inset.left - inset.right),
      y: height - inset.bottom - (value / top) * (height - inset.top - inset.bottom),
    })
    grid.replaceChildren(...gridOf({ steps, text, place, now }))
    lines.replaceChildren(...all.flatMap((one) => lineOf(one, { history, place, area })))
    const seen = pointedMs === undefined ? history.at(-1) : nearest(history, now - pointedMs)
    drawLegend(all, seen)
    setText(
      when,
      pointedMs === undefined || !seen ? '' : `${Math.round((now - seen.at) / 1_000)} s ago`,
    )
    setAttributes(cross, {
      visibility: pointedMs === undefined || !seen ? 'hidden' : 'visible',
      ...(seen && { x1: place(seen.at, 0).x, x2: place(seen.at, 0).x }),
    })
  }

  function drawLegend(all: readonly Series[], seen: Point | undefined): void {
    const entries = all.map(({ name, class: colour, value }) => ({
      name,
      colour,
      now: seen && value(seen),
    }))
    const words = entries.map(({ name, now }) => `${name} ${now === undefined ? '–' : text(now)}`)
    setAttributes(picture, { 'aria-label': `${title}, last five minutes. ${words.join(', ')}` })
    if (legend.childElementCount !== entries.length)
      legend.replaceChildren(
        ...entries.map(() =>
          element('span', {}, element('i', { 'aria-hidden': 'true' }), element('span')),
        ),
      )
    for (const [index, { colour }] of entries.entries()) {
      const entry = legend.children[index]
      if (entry?.firstElementChild)
        setAttributes(entry.firstElementChild, { class: `swatch ${colour}` })
      if (entry?.lastElementChild) setText(entry.lastElementChild, words[index] ?? '')
    }
  }

  function point(atMs: number | undefined): void {
    pointedMs = atMs === undefined ? undefined : Math.min(spanMs, Math.max(0, atMs))
    draw()
  }
  picture.addEventListener('pointermove', ({ clientX }) => {
    const { left, width: shown } = picture.getBoundingClientRect()
    const x = ((clientX - left) / shown) * width
    point(((width - inset.right - x) / (width - inset.left - inset.right)) * spanMs)
  })
  picture.addEventListener('pointerleave', () => point(undefined))
  picture.addEventListener('blur', () => point(undefined))
  picture.addEventListener('keydown', (event) => {
    const by = { ArrowLeft: 5_000, ArrowRight: -5_000 }[event.key]
    if (event.key === 'Escape') point(undefined)
    if (by === undefined) return
    event.preventDefault()
    point((pointedMs ?? 0) + by)
  })

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

type Place = (at: number, value: number) => Spot

function gridOf({
  steps,
  text,
  place,
  now,
}: {
  readonly steps: readonly number[]
  readonly text: (value: number) => string
  readonly place: Place
  readonly now: number
}): Element[] {
  const across = steps.flatMap((step) => {
    const { y } = place(now, step)
    return [
      svg('line', {
        x1: inset.left,
        x2: width - inset.right,
        y1: y,
        y2: y,
        class: step === 0 ? 'base' : undefined,
      }),
      ...(step === 0 ? [] : [svg('text', { x: inset.left, y: y - 3 }, text(step))]),
    ]
  })
  const along = [5, 4, 3, 2, 1, 0].map((minutes) =>
    svg(
      'text',
      {
        x: place(now - minutes * 60_000, 0).x,
        y: height - 5,
        'text-anchor': minutes === 5 ? 'start' : minutes === 0 ? 'end' : 'middle',
      },
      minutes === 0 ? 'now' : `−${minutes} min`,
    ),
  )
  return [...across, ...along]
}

function lineOf(
  { class: colour, value }: Series,
  {
    history,
    place,
    area,
  }: { readonly history: readonly Point[]; readonly place: Place; readonly area: true | undefined },
): Element[] {
  const spots = history.map((point) => {
    const found = value(point)
    return found === undefined ? undefined : place(point.at, found)
  })
  const longest = (longestGapMs / spanMs) * width
  const d = linePath(spots, longest)
  if (d === '') return []
  const line = svg('path', { class: `line ${colour}`, d })
  return area
    ? [svg('path', { class: `area ${colour}`, d: areaPath(spots, longest) }), line]
    : [line]
}

/** The same line, each piece of it closed along the bottom. */
function areaPath(spots: readonly (Spot | undefined)[], longest: number): string {
  const bottom = height - inset.bottom
  const pieces: Spot[][] = []
  let before: Spot | undefined
  for (const spot of spots) {
    if (spot && before && spot.x - before.x <= longest) pieces.at(-1)?.push(spot)
    else if (spot) pieces.push([spot])
    before = spot
  }
  return pieces
    .filter((piece) => piece.length > 1)
    .map(
      (piece) =>
        `M${piece[0]?.x} ${bottom}${piece.map(({ x, y }) => `L${x} ${y}`).join('')}L${piece.at(-1)?.x} ${bottom}Z`,
    )
    .join('')
}
