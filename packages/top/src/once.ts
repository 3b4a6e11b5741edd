import type { FleetView } from '@nunicorn/view'

import { eventLines } from './event-lines.ts'
import { fleetLines } from './fleet-lines.ts'
import { line, lineText } from './line.ts'
import { workerLines } from './worker-lines.ts'

const shownEvents = 10

/** What the live view shows at this moment, as text for a pipe, a mail, a bug report. */
export function textOf({ fleet, workers, history, events }: FleetView, width: number): string {
  if (fleet === undefined) return ''
  const lines = [
    ...fleetLines(fleet, history),
    line(''),
    ...workerLines(workers, { width }),
    ...(events.length > 0 ? [line(''), ...eventLines(events, shownEvents)] : []),
  ]
  return `${lines.map(lineText).join('\n')}\n`
}

/** The same for programs. */
export function jsonOf({ fleet, workers, events }: FleetView): string {
  return `${JSON.stringify({ fleet, workers, events: events.slice(-shownEvents) })}\n`
}
