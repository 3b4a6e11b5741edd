import type { Tally } from './ledger.ts'
import { FAILURES } from './outcome.ts'
import type { Report } from './report.ts'
import type { Failure } from './trip.ts'

const FAILURES_SHOWN = 8

/** The report as a few lines to read, for the message of an assertion. */
export function describeReport(report: Report): string {
  const { connections, clientStallMs } = report
  const { opened, closedIdle, closedEarly } = connections
  return [
    headline(report),
    describeOutcomes(report),
    describeWaits(report),
    describeTallies('workers', report.workers),
    describeTallies('versions', report.versions),
    `connections: ${opened} opened; ${closedIdle} closed by the server when idle, ${closedEarly} of them earlier than promised`,
    describeStreams(report),
    describeUnsent(report),
    `this client stood still for ${ms(clientStallMs)} at most`,
    ...describeFailures(report),
  ]
    .filter((line) => line !== '')
    .join('\n')
}

function headline({ requests, ok, failed, inFlight, durationMs }: Report): string {
  const rate = Math.round(requests / (durationMs / 1000))
  const pending = inFlight > 0 ? `, ${inFlight} in flight` : ''
  return `${requests} requests in ${ms(durationMs)} (${rate}/s): ${ok} ok, ${failed} failed${pending}`
}

function describeOutcomes({ outcomes }: Report): string {
  const seen = FAILURES.filter((outcome) => outcomes[outcome] > 0)
  if (seen.length === 0) return ''
  return `failed: ${seen.map((outcome) => `${outcome} ${outcomes[outcome]}`).join(', ')}`
}

function describeWaits(report: Report): string {
  const longest = report.longestWait()
  if (longest === undefined) return 'waits: none'
  const percentiles = [50, 99, 99.9].map((p) => `p${p} ${ms(report.percentileMs(p))}`).join(', ')
  const { id, waitMs, sentMs, openedMs } = longest
  return `waits: ${percentiles}, longest ${ms(waitMs)} (${id}, sent at ${ms(sentMs)}, connection opened at ${ms(openedMs)})`
}

function describeTallies(title: string, tallies: ReadonlyMap<string, Tally>): string {
  if (tallies.size === 0) return ''
  const each = [...tallies].map(
    ([name, { answers, firstMs, lastMs }]) =>
      `${name}: ${answers} from ${ms(firstMs)} to ${ms(lastMs)}`,
  )
  return `${title}: ${each.join('; ')}`
}

function describeStreams({ events, messages, endings }: Report): string {
  const counts = [
    events > 0 && `${events} events`,
    messages > 0 && `${messages} messages echoed`,
    ...[...endings].map(([how, count]) => `${how}: ${count}`),
  ].filter((count) => count !== false)
  return counts.length === 0 ? '' : `streams: ${counts.join('; ')}`
}

function describeUnsent({ sendAgain, behind }: Report): string {
  if (sendAgain + behind === 0) return ''
  return `to be sent again: ${sendAgain}; due and not sent: ${behind}`
}

function describeFailures({ failures, failed }: Report): string[] {
  const shown = failures.slice(0, FAILURES_SHOWN).map(describeFailure)
  return failed > shown.length ? [...shown, `  and ${failed - shown.length} more`] : shown
}

function describeFailure(failure: Failure): string {
  const { outcome, detail, kind, id, sentMs, failedMs, bytesReceived } = failure
  const what = `  ${outcome} (${detail}): ${kind} ${id}`
  const when = `sent at ${ms(sentMs)}, failed at ${ms(failedMs)}, ${bytesReceived} bytes`
  return `${what}, ${when}, ${describeConnection(failure)}`
}

function describeConnection({ localPort, openedMs, idleMs, worker }: Failure): string {
  const port = localPort === undefined ? 'no port' : `port ${localPort}`
  const used = idleMs === undefined ? 'new' : `reused after ${ms(idleMs)} idle`
  const to = worker === undefined ? '' : `, worker ${worker}`
  return `${port} opened at ${ms(openedMs)} (${used})${to}`
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`
}
