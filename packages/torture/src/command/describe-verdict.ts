import { FAILURES } from '../outcome.ts'
import type { Failure } from '../trip.ts'
import type { Deed } from './deeds.ts'
import type { Plan } from './plan.ts'
import { type Chapter, countByDetail, type Verdict } from './verdict.ts'

const MOST_ROWS = 8
const MOST_CHAPTERS = 40

/** What people read. */
export function describeVerdict(verdict: Verdict, plan: Plan): string {
  return [
    headline(verdict),
    ...caveats(verdict, plan),
    ...describeLost(verdict),
    ...describeChapters(verdict),
    ...describeFacts(verdict),
  ].join('\n')
}

function headline({ report, lost, exitCode }: Verdict): string {
  const of = `${number(report.requests)} requests in ${seconds(report.durationMs)}`
  if (lost > 0) return `LOST ${number(lost)} of ${of}`
  return exitCode === 0 ? `NOTHING LOST of ${of}` : `NOT AS TOLD, nothing lost of ${of}`
}

function caveats({ report, excused, notMade, chapters }: Verdict, { url }: Plan): string[] {
  const failed = chapters.flatMap(({ deed }) => (deed?.problem === undefined ? [] : [deed]))
  const status = countByDetail(report.failures).find(({ what }) => /\(status [34]\d\d\)/.test(what))
  const isWrongPath = status !== undefined && status.count > report.requests / 2
  return [
    report.requests === 0 && 'No request has ended.',
    excused > 0 && `Excused: ${number(excused)} on connections that a killed process held.`,
    notMade > 0 &&
      `Not made: ${number(notMade)}, for want of something on this machine (${detailsOf(report.failures)}).`,
    isWrongPath && `Most answers are ${status.what}: is ${url} what you mean?`,
    ...failed
      .map(({ number: index, problem }) => `#${index} failed: ${problem}`)
      .slice(0, MOST_ROWS),
  ].filter((line) => line !== false)
}

function detailsOf(failures: readonly Failure[]): string {
  const details = failures
    .filter(({ outcome }) => outcome === 'client-error')
    .map(({ detail }) => detail)
  return [...new Set(details)].join(', ')
}

function describeLost({ lost, report, chapters }: Verdict): string[] {
  if (lost === 0) return []
  const rows = countByDetail(chapters.flatMap(({ failures }) => failures))
  const width = number(rows[0]?.count ?? 0).length
  const shown = rows
    .slice(0, MOST_ROWS)
    .map(({ what, count }) => `  ${number(count).padStart(width)} ${what}`)
  const notKept = report.failed - report.failures.length
  const more = [
    rows.length > shown.length && `  and ${rows.length - shown.length} kinds more`,
    notKept > 0 &&
      `  (of the first ${number(report.failures.length)} failures; there are ${number(notKept)} more)`,
  ]
  return [...shown, ...more.filter((line) => line !== false)]
}

function describeChapters({ chapters }: Verdict): string[] {
  if (chapters.length === 1) return []
  const shown = chapters.slice(0, MOST_CHAPTERS).map(describeChapter)
  const more = chapters.length - shown.length
  return ['', ...shown, ...(more > 0 ? [`and ${more} more, which are in the JSON`] : [])]
}

function describeChapter({ deed, failures, longestWaitMs }: Chapter): string {
  const wait = longestWaitMs === undefined ? 'no answers' : `longest wait ${ms(longestWaitMs)}`
  return `${title(deed)}: ${describeLoss(deed, failures)}; ${wait}`
}

function title(deed: Deed | undefined): string {
  if (deed === undefined) return 'before anything was done'
  const what = deed.type === 'kill' ? `kill: ${deed.command}` : deed.command
  return `#${deed.number} at ${seconds(deed.atMs)}, ${what}${took(deed)}`
}

function took({ atMs, endedMs, problem }: Deed): string {
  if (problem !== undefined) return ' (failed)'
  const tookMs = (endedMs ?? Infinity) - atMs
  return tookMs > 500 && Number.isFinite(tookMs) ? ` (took ${seconds(tookMs)})` : ''
}

function describeLoss(deed: Deed | undefined, failures: readonly Failure[]): string {
  if (failures.length === 0) return 'nothing lost'
  const each = FAILURES.flatMap((name) => {
    const count = failures.filter(({ outcome }) => outcome === name).length
    return count === 0 ? [] : [`${number(count)} ${name}`]
  })
  const times = failures.map(({ failedMs }) => failedMs - (deed?.atMs ?? 0))
  const [first, last] = [Math.min(...times), Math.max(...times)]
  const when = deed === undefined ? 'in' : 'after'
  return `LOST ${each.join(', ')}, ${ms(first)} to ${ms(last)} ${when}`
}

function describeFacts({ report }: Verdict): string[] {
  const { connections, endings, behind, sendAgain, events, messages, clientStallMs } = report
  const facts: [string, string | false][] = [
    ['waits', describeWaits(report)],
    ['answered by', describeWorkers(report)],
    ['versions', describeVersions(report)],
    [
      'connections',
      `${number(connections.opened)} opened, ${number(connections.closedIdle)} closed when idle (${number(connections.closedEarly)} earlier than promised)`,
    ],
    ['events', events > 0 && number(events)],
    ['messages', messages > 0 && `${number(messages)} echoed`],
    [
      'endings',
      endings.size > 0 && [...endings].map(([how, count]) => `${how}: ${number(count)}`).join('; '),
    ],
    [
      'to send again',
      sendAgain > 0 &&
        `${number(sendAgain)}: behind an announced end of their connection, not lost`,
    ],
    [
      'behind',
      behind > 0 && `${number(behind)} requests were due and not sent: the rate was too high`,
    ],
    ['this client', `stood still for ${ms(clientStallMs)} at most`],
  ]
  const rows = facts.filter((fact) => fact[1] !== false)
  const width = Math.max(...rows.map(([name]) => name.length)) + 2
  return ['', ...rows.map(([name, text]) => `${`${name}:`.padEnd(width)}${text}`)]
}

function describeWaits(report: Verdict['report']): string {
  const longest = report.longestWait()
  if (longest === undefined) return 'none'
  const each = [50, 99, 99.9].map((percent) => `p${percent} ${ms(report.percentileMs(percent))}`)
  const last = `longest ${ms(longest.waitMs)} (${longest.kind}, sent at ${seconds(longest.sentMs)})`
  return [...each, last].join(', ')
}

function describeWorkers({ workers }: Verdict['report']): string | false {
  if (workers.size === 0) return false
  const sorted = [...workers].toSorted(([, a], [, b]) => b.answers - a.answers)
  const shown = sorted
    .slice(0, MOST_ROWS)
    .map(([name, { answers }]) => `${name} (${number(answers)})`)
  const more = sorted.length > shown.length ? [`${sorted.length - shown.length} more`] : []
  return `${workers.size} workers: ${[...shown, ...more].join(', ')}`
}

function describeVersions({ versions }: Verdict['report']): string | false {
  if (versions.size === 0) return false
  return [...versions]
    .slice(0, MOST_ROWS)
    .map(
      ([name, { answers, firstMs, lastMs }]) =>
        `${name} (${number(answers)}, ${seconds(firstMs)} to ${seconds(lastMs)})`,
    )
    .join(', ')
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}

function seconds(valueMs: number): string {
  return `${(valueMs / 1000).toFixed(2)} s`
}

function ms(value: number): string {
  return `${value.toFixed(Math.abs(value) < 10 ? 1 : 0)} ms`
}
