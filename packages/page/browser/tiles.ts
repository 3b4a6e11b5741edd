import {
  bytes,
  type FleetLine,
  type FleetView,
  milliseconds,
  percent,
  perSecond,
} from '@nunicorn/view'

import { element, setAttributes, setText } from './dom.ts'

interface Tile {
  readonly name: string
  readonly value: (fleet: FleetLine) => string
  readonly note: (fleet: FleetLine) => string
  readonly bad?: (fleet: FleetLine) => boolean
}

const count = (value: number): string => (value >= 100 ? perSecond(value) : String(value))

const allTiles: readonly Tile[] = [
  {
    name: 'Workers ready',
    value: ({ ready, target }) => `${ready} / ${target}`,
    note: ({ stale, ended }) => (stale > 0 ? `${stale} stale` : `${count(ended)} ended so far`),
    bad: ({ ready, target }) => ready < target,
  },
  {
    name: 'Requests / s',
    value: ({ requestsPerSecond }) => perSecond(requestsPerSecond),
    note: ({ requests, failed }) =>
      failed > 0
        ? `${count(requests)} so far, ${count(failed)} × 5xx`
        : `${count(requests)} so far`,
  },
  {
    name: 'Latency p99',
    value: ({ p99Ms }) => milliseconds(p99Ms),
    note: ({ p50Ms }) => `p50 ${milliseconds(p50Ms)}`,
  },
  {
    name: 'Event loop',
    value: ({ utilisation }) => percent(utilisation),
    note: ({ highestUtilisation }) => `busiest ${percent(highestUtilisation)}`,
  },
  {
    name: 'Connections',
    value: ({ connections }) => count(connections ?? 0),
    note: ({ inFlight }) => `${count(inFlight ?? 0)} in flight`,
  },
  {
    name: 'Memory',
    value: ({ memoryBytes }) => bytes(memoryBytes),
    note: ({ highestMemoryBytes }) => `biggest ${bytes(highestMemoryBytes)}`,
  },
]

/** The few numbers that are looked at first. */
export function tiles(list: HTMLElement): (view: FleetView) => void {
  const made = allTiles.map((tile) => {
    const value = element('dd', { class: 'value' }, '–')
    const note = element('dd', { class: 'note' })
    const box = element('div', { class: 'tile' }, element('dt', {}, tile.name), value, note)
    list.append(box)
    return { tile, box, value, note }
  })
  return ({ fleet }) => {
    if (fleet === undefined) return
    for (const { tile, box, value, note } of made) {
      setText(value, tile.value(fleet))
      setText(note, tile.note(fleet))
      setAttributes(box, { 'data-tone': tile.bad?.(fleet) ? 'bad' : undefined })
    }
  }
}
