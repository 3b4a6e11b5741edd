import type { ErrorReport, EventRecord, WorkerSample } from '@nunicorn/contract'

import { isRecord } from '../protocol.ts'
import { duration, megabytes, percent, printable, time } from './units.ts'

/** One event as the log tells it, and below it what the log does not. */
export function showEvent({ at, level, type, message, details }: EventRecord): string {
  return [
    `${time(at)} ${level.padEnd(8)} ${printable(message)}`,
    ...(type === 'worker-ended' ? endOf(details).map((line) => `    ${printable(line)}`) : []),
  ].join('\n')
}

interface End {
  readonly ageMs: number
  readonly silentMs: number
  readonly lastBeat?: WorkerSample
  readonly cause: {
    readonly type: string
    readonly error?: ErrorReport
    readonly report?: { readonly event: string; readonly trigger: string; readonly stack: string[] }
  }
  readonly requests?: unknown
}

/** What is known of the end of a worker. */
function endOf(details: EventRecord['details']): readonly string[] {
  const { ageMs, silentMs, lastBeat, cause } = details as unknown as End
  if (!isRecord(cause) || cause.type === 'drained') return []
  const { error, report } = cause
  return [
    `it lived ${duration(ageMs)}; its last sign of life was ${duration(silentMs)} before its end`,
    ...(lastBeat ? [beatOf(lastBeat)] : []),
    // Of a failed boot the message has it already.
    ...(cause.type === 'exit' && error?.stack ? error.stack.split('\n') : []),
    ...(report ? [`${report.event} (${report.trigger})`, ...report.stack] : []),
  ]
}

function beatOf(sample: WorkerSample): string {
  const { requests, inFlight, connections, utilisation, heapUsedBytes, heapLimitBytes, rssBytes } =
    sample
  return (
    `last beat: ${requests} requests, ${inFlight} in flight, ${connections} connections, ` +
    `busy ${percent(utilisation)}, heap ${megabytes(heapUsedBytes)} of ${megabytes(heapLimitBytes)}, RSS ${megabytes(rssBytes)}`
  )
}
