import {
  aboutWorker,
  bytes,
  milliseconds,
  nothing,
  percent,
  perSecond,
  type WorkerView,
} from '@nunicorn/view'

import { age } from '@nunicorn/view'
import { plain, type Tone } from './line.ts'

export interface Column {
  readonly name: string
  readonly text: (worker: WorkerView) => string
  readonly tone?: (worker: WorkerView) => Tone | undefined
  readonly align: 'left' | 'right'
  /** Those with the lowest go first where there is no room. */
  readonly worth: number
}

const columns: readonly Column[] = [
  { name: 'W', text: ({ number }) => String(number), align: 'right', worth: 100 },
  { name: 'PID', text: ({ pid }) => String(pid), align: 'right', worth: 55 },
  { name: 'GEN', text: ({ generation }) => String(generation), align: 'right', worth: 30 },
  { name: 'STATE', text: stateText, tone: stateTone, align: 'left', worth: 99 },
  { name: 'AGE', text: ({ ageMs }) => age(ageMs), align: 'right', worth: 20 },
  {
    name: 'REQ/S',
    text: ({ requestsPerSecond }) => perSecond(requestsPerSecond),
    align: 'right',
    worth: 90,
  },
  { name: 'P50', text: ({ p50Ms }) => milliseconds(p50Ms), align: 'right', worth: 60 },
  { name: 'P99', text: ({ p99Ms }) => milliseconds(p99Ms), align: 'right', worth: 80 },
  {
    name: 'LOOP',
    text: ({ utilisation }) => percent(utilisation),
    tone: ({ utilisation = 0 }) =>
      utilisation >= 0.9 ? 'bad' : utilisation >= 0.7 ? 'warning' : undefined,
    align: 'right',
    worth: 85,
  },
  { name: 'MEM', text: ({ memoryBytes }) => bytes(memoryBytes), align: 'right', worth: 70 },
  { name: 'CONN', text: ({ connections }) => known(connections), align: 'right', worth: 50 },
  { name: 'FLIGHT', text: ({ inFlight }) => known(inFlight), align: 'right', worth: 45 },
  {
    name: 'RESTARTS',
    text: ({ ended, lost }) => (lost > 0 ? `${ended} (${lost} lost)` : String(ended)),
    tone: ({ lost }) => (lost > 0 ? 'warning' : undefined),
    align: 'right',
    worth: 40,
  },
]

const gap = 2
const leastForEvent = 16

/** The columns for which there is room, with what stands in them. The last event takes what is left. */
export interface Fitted {
  readonly columns: readonly { readonly column: Column; readonly width: number }[]
  readonly eventWidth: number
}

export function fitColumns(workers: readonly WorkerView[], width: number): Fitted {
  const sized = columns.map((column) => ({
    column,
    width: Math.max(column.name.length, ...workers.map((worker) => column.text(worker).length)),
  }))
  const kept = [...sized].sort((one, other) => other.column.worth - one.column.worth)
  while (kept.length > 1 && widthOf(kept) > width) kept.pop()
  const left = width - widthOf(kept) - gap
  return {
    columns: sized.filter((one) => kept.includes(one)),
    eventWidth: left >= leastForEvent ? left : 0,
  }
}

export function lastEvent({ lastEvent }: WorkerView): string {
  return lastEvent ? plain(aboutWorker(lastEvent)) : nothing
}

export function align(
  text: string,
  { width, side }: { width: number; side: 'left' | 'right' },
): string {
  return side === 'left' ? text.padEnd(width) : text.padStart(width)
}

function widthOf(columns: readonly { readonly width: number }[]): number {
  return columns.reduce((sum, { width }) => sum + width, 0) + gap * (columns.length - 1)
}

function stateText({ stale, state, silentMs }: WorkerView): string {
  return stale ? `stale ${age(silentMs)}` : state
}

function stateTone({ stale, state }: WorkerView): Tone | undefined {
  if (stale || state === 'ending') return 'bad'
  return state === 'ready' ? 'good' : 'accent'
}

function known(value: number | undefined): string {
  return value === undefined ? nothing : String(value)
}
