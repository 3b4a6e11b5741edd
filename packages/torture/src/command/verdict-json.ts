import type { Report } from '../report.ts'
import type { Plan } from './plan.ts'
import type { Verdict } from './verdict.ts'

const PERCENTS = [50, 90, 99, 99.9] as const

/** What machines read; `format` grows when a field changes its meaning. Times are ms since `startedAt`. */
export function verdictJson(verdict: Verdict, plan: Plan): string {
  const { report, lost, excused, notMade, chapters, exitCode } = verdict
  const { requests, ok, failed, sendAgain, behind, events, messages } = report
  const json = {
    format: 1,
    verdict: lost > 0 ? 'lost' : exitCode === 0 ? 'nothing-lost' : 'not-as-told',
    exitCode,
    url: plan.url,
    clients: plan.clientList,
    startedAt: new Date(performance.timeOrigin + report.startedAt).toISOString(),
    durationMs: report.durationMs,
    requests,
    ok,
    failed,
    lost,
    excused,
    notMade,
    sendAgain,
    behind,
    events,
    messages,
    outcomes: report.outcomes,
    kinds: kindsOf(report),
    waits: waitsOf(report),
    longestWait: report.longestWait(),
    workers: Object.fromEntries(report.workers),
    versions: Object.fromEntries(report.versions),
    connections: report.connections,
    endings: Object.fromEntries(report.endings),
    clientStallMs: report.clientStallMs,
    done: chapters.map(({ deed, failures, longestWaitMs }) => {
      return { ...withoutSets(deed), lost: failures.length, longestWaitMs }
    }),
    failures: report.failures,
  }
  return `${JSON.stringify(json, undefined, 2)}\n`
}

function kindsOf(report: Report): Record<string, unknown> {
  return Object.fromEntries(
    [...report.kinds].map(([kind, tally]) => [kind, { ...tally, waits: waitsOf(report, kind) }]),
  )
}

/** Without what nobody has waited for. */
function waitsOf(report: Report, kind?: NonNullable<Parameters<Report['longestWait']>[0]>['kind']) {
  const window = kind === undefined ? undefined : { kind }
  const entries = PERCENTS.map((percent): [string, number] => {
    return [`p${percent}`, report.percentileMs(percent, window)]
  })
  return Object.fromEntries(entries.filter(([, waitMs]) => !Number.isNaN(waitMs)))
}

function withoutSets(deed: Verdict['chapters'][number]['deed']): object {
  if (deed === undefined) return { number: 0 }
  const { held, ...rest } = deed
  return held === undefined ? rest : { ...rest, pid: held.pid, heldConnections: held.ports.size }
}
