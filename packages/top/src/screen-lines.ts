import type { FleetView } from '@nunicorn/view'

import { eventLines } from './event-lines.ts'
import { fleetLines } from './fleet-lines.ts'
import { type Line, line } from './line.ts'
import { workerLines } from './worker-lines.ts'

/** What the user has done to the screen. */
export interface ScreenState {
  readonly selected: string | undefined
  /** What a key did, newest last. */
  readonly notices: readonly Line[]
  /** Shown in place of the events: help, a stack. */
  readonly panel: readonly Line[] | undefined
}

export interface Size {
  readonly columns: number
  readonly rows: number
}

const keys = 'r reload  + - scale  ↑ ↓ select  s stack  p profile  ? help  q quit'
const mostNotices = 3
const leastForBelow = 4

/** The whole screen, as tall as the terminal at most: what has no room is left out, the selected worker never. */
export function screenLines(
  { fleet, workers, history, events }: FleetView,
  { state, size }: { readonly state: ScreenState; readonly size: Size },
): readonly Line[] {
  if (fleet === undefined) return [line('Waiting for the first status ...')]
  const head = [...fleetLines(fleet, history), line('')]
  const foot = [...state.notices.slice(-mostNotices), line({ text: keys, tone: 'soft' })]
  const [names, ...table] = workerLines(workers, { width: size.columns, selected: state.selected })
  const room = Math.max(1, size.rows - head.length - foot.length - 1)
  const shown = Math.min(table.length, Math.max(1, room - leastForBelow))
  const below = state.panel ?? eventLines(events, room - shown - 1)
  const rest = room - shown - 1
  return [
    ...head,
    ...(names ? [names] : []),
    ...around(table, { count: shown, index: table.findIndex(({ selected }) => selected) }),
    ...(rest > 0 ? [line(''), ...below.slice(0, rest)] : []),
    ...foot,
  ]
}

/** So many of the lines, with the one that matters in the middle where possible. */
function around(
  lines: readonly Line[],
  { count, index }: { readonly count: number; readonly index: number },
): readonly Line[] {
  const first = Math.max(0, Math.min(lines.length - count, index - Math.floor(count / 2)))
  return lines.slice(first, first + count)
}
