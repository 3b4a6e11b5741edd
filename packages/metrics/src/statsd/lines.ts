import { type Backlog, type Durations, type FleetStatus } from '@nunicorn/contract'

import { spreadDurations } from './spread-durations.ts'

/** How many messages of each level there were in the log, whether they were shown or not. */
export type LogCounts = Readonly<Record<'warning' | 'error' | 'critical', number>>

/** What is counted, at one moment. */
export interface Snapshot {
  readonly status: FleetStatus
  readonly logs: LogCounts
  /** Only if it is to be told. */
  readonly backlogs?: readonly Backlog[]
}

export interface LineOptions {
  readonly prefix?: string | undefined
  /** `env:production,team:shop` */
  readonly tags?: string | undefined
}

/** What has happened between two snapshots, in Gunicorn's names and StatsD's lines; pure. */
export function statsdLines(
  before: Snapshot | undefined,
  now: Snapshot,
  { prefix, tags }: LineOptions,
): readonly string[] {
  const start = prefix === undefined ? '' : `${named(prefix.replace(/\.+$/, ''))}.`
  const end = tags === undefined ? '' : `|#${tags.replaceAll(/[\n|]/g, '_')}`
  return [
    ...counters(before, now),
    ...timers(since(before?.status.totals.durations, now.status.totals.durations)),
    `gunicorn.workers:${now.status.workers.length}|g`,
    ...(now.backlogs ?? []).map(({ waiting }) => `gunicorn.backlog:${waiting}|h`),
  ].map((line) => `${start}${line}${end}`)
}

function counters(before: Snapshot | undefined, { status, logs }: Snapshot): readonly string[] {
  const past = before?.status.totals
  const { requests, answers, statuses } = status.totals
  const counts: Record<string, number> = { requests: requests - (past?.requests ?? 0) }
  for (const [code, count] of Object.entries(statuses))
    counts[`request.status.${code}`] = count - (past?.statuses[code] ?? 0)
  counts['request.status.aborted'] = answers.aborted - (past?.answers.aborted ?? 0)
  for (const level of Object.keys(logs) as (keyof LogCounts)[])
    counts[`log.${level}`] = logs[level] - (before?.logs[level] ?? 0)
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `gunicorn.${name}:${count}|c`)
}

/** A sample rate of 1/N is StatsD's way to say that N answers took that long. */
function timers(durations: Durations): readonly string[] {
  return spreadDurations(durations).map(({ count, seconds }) => {
    const rate = count === 1 ? '' : `|@${1 / count}`
    return `gunicorn.request.duration:${Number((seconds * 1_000).toFixed(3))}|ms${rate}`
  })
}

function since(before: Durations | undefined, now: Durations): Durations {
  return {
    counts: now.counts.map((count, index) => count - (before?.counts[index] ?? 0)),
    sumSeconds: now.sumSeconds - (before?.sumSeconds ?? 0),
  }
}

/** A colon, a bar or a line break would begin something else. */
function named(prefix: string): string {
  return prefix.replaceAll(/[^\w.-]/g, '_')
}
