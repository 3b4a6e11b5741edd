import {
  aboutWorker,
  age,
  bytes,
  type FleetView,
  milliseconds,
  nothing,
  percent,
  perSecond,
  type WorkerView,
} from '@nunicorn/view'

import { element, keepChildren, setAttributes, setText, svg } from './dom.ts'
import { seriesClass } from './series.ts'

interface Column {
  readonly name: string
  readonly title?: string
  readonly text: (worker: WorkerView, view: FleetView) => string
  readonly kind?: 'number' | 'wide'
  /** Puts something before the text, and says how to draw it. */
  readonly mark?: () => { readonly mark: Element; readonly draw: (worker: WorkerView) => void }
}

const columns: readonly Column[] = [
  { name: 'Worker', text: ({ number }) => String(number), mark: swatch },
  { name: 'State', text: stateText, mark: dot },
  { name: 'PID', text: ({ pid }) => String(pid), kind: 'number' },
  {
    name: 'Gen.',
    title: 'Generation: it grows with each reload',
    text: ({ generation }) => String(generation),
    kind: 'number',
  },
  { name: 'Age', text: ({ ageMs }) => age(ageMs), kind: 'number' },
  { name: 'Req/s', text: ({ requestsPerSecond }) => perSecond(requestsPerSecond), kind: 'number' },
  {
    name: 'p50',
    title: 'Half of the answers of the last ten seconds took no longer',
    text: ({ p50Ms }) => milliseconds(p50Ms),
    kind: 'number',
  },
  {
    name: 'p99',
    title: '99 % of the answers of the last ten seconds took no longer',
    text: ({ p99Ms }) => milliseconds(p99Ms),
    kind: 'number',
  },
  {
    name: 'Loop',
    title: 'The part of the time in which the event loop was busy',
    text: ({ utilisation }) => percent(utilisation),
    kind: 'number',
    mark: meter,
  },
  {
    name: 'Memory',
    title: 'Its share (PSS) where that is measured, else RSS',
    text: ({ memoryBytes }) => bytes(memoryBytes),
    kind: 'number',
  },
  {
    name: 'Conn.',
    title: 'Connections',
    text: ({ connections }) => known(connections),
    kind: 'number',
  },
  {
    name: 'In flight',
    title: 'Requests that have not been answered',
    text: ({ inFlight }) => known(inFlight),
    kind: 'number',
  },
  {
    name: 'Restarts',
    title:
      'Processes of this worker that have ended; in brackets those against the will of the arbiter',
    text: ({ ended, lost }) => (lost > 0 ? `${ended} (${lost} lost)` : String(ended)),
    kind: 'number',
  },
  {
    name: 'Last event',
    text: ({ lastEvent }) => (lastEvent ? aboutWorker(lastEvent) : nothing),
    kind: 'wide',
  },
]

/** One row for each process; a row stays the same element as long as its process is there. */
export function workerTable(table: HTMLElement): (view: FleetView) => void {
  const body = element('tbody', { role: 'rowgroup' })
  table.append(headOf(), body)
  const rows = new Map<string, Element>()
  const drawers = new Map<string, (view: FleetView, worker: WorkerView) => void>()
  return (view) => {
    const byKey = new Map(view.workers.map((worker) => [worker.key, worker]))
    keepChildren(body, {
      keys: [...byKey.keys()],
      children: rows,
      make(key) {
        const { row, draw } = makeRow()
        drawers.set(key, draw)
        return row
      },
    })
    for (const key of drawers.keys()) {
      const worker = byKey.get(key)
      if (worker) drawers.get(key)?.(view, worker)
      else drawers.delete(key)
    }
  }
}

function headOf(): Element {
  const cells = columns.map(({ name, title, kind }) =>
    element('th', { role: 'columnheader', scope: 'col', title, class: kind }, name),
  )
  return element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, ...cells))
}

function makeRow(): {
  readonly row: Element
  readonly draw: (view: FleetView, worker: WorkerView) => void
} {
  const cells = columns.map((column, index) => {
    const text = element('span')
    const mark = column.mark?.()
    const role = index === 0 ? 'rowheader' : 'cell'
    const attributes = { role, class: column.kind, 'data-name': column.name }
    const cell =
      index === 0 ? element('th', { ...attributes, scope: 'row' }) : element('td', attributes)
    cell.append(...(mark ? [mark.mark] : []), text)
    return { column, cell, text, mark }
  })
  const row = element('tr', { role: 'row' }, ...cells.map(({ cell }) => cell))
  return {
    row,
    draw(view, worker) {
      setAttributes(row, {
        'data-worker': worker.number,
        'data-pid': worker.pid,
        'data-state': worker.state,
        class: worker.stale ? 'stale' : undefined,
      })
      for (const { column, text, mark } of cells) {
        const words = column.text(worker, view)
        setText(text, words)
        if (column.kind === 'wide') setAttributes(text, { title: words })
        mark?.draw(worker)
      }
    },
  }
}

function stateText({ stale, state, silentMs }: WorkerView): string {
  return stale ? `stale, silent for ${age(silentMs)}` : state
}

function known(value: number | undefined): string {
  return value === undefined ? nothing : String(value)
}

function dot(): ReturnType<NonNullable<Column['mark']>> {
  const mark = element('i', { class: 'dot', 'aria-hidden': 'true' })
  return {
    mark,
    draw: ({ stale, state }) => setAttributes(mark, { 'data-state': stale ? 'suspect' : state }),
  }
}

/** The colour that the worker has in the plots. */
function swatch(): ReturnType<NonNullable<Column['mark']>> {
  const mark = element('i', { 'aria-hidden': 'true' })
  return {
    mark,
    draw: ({ number }) => setAttributes(mark, { class: `swatch ${seriesClass(number)}` }),
  }
}

const meterWidth = 44

function meter(): ReturnType<NonNullable<Column['mark']>> {
  const full = svg('rect', { class: 'full', height: 6, rx: 2 })
  const empty = svg('rect', { class: 'empty', width: meterWidth, height: 6, rx: 2 })
  const mark = svg(
    'svg',
    { class: 'meter', width: meterWidth, height: 6, 'aria-hidden': 'true' },
    empty,
    full,
  )
  return {
    mark,
    draw({ utilisation = 0 }) {
      const part = Math.min(1, Math.max(0, utilisation))
      setAttributes(full, { width: Math.round(part * meterWidth * 10) / 10 })
      setAttributes(mark, {
        'data-tone': part >= 0.9 ? 'bad' : part >= 0.7 ? 'warning' : undefined,
      })
    },
  }
}
