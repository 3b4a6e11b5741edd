import type { HeldConnections, Report } from '@nunicorn/torture'

/** What was seen while a scenario was injected once: plain data, on which the judge decides. */
export interface Facts {
  readonly requests: number
  readonly failed: number
  /** Of these, the ones that a process held which was killed on purpose. */
  readonly excused: number
  readonly refused: number
  /** Of the requests that were answered, the one that waited longest; what the client itself stood still is not in it. */
  readonly longestStallMs: number
  /** Every worker that is wanted answers again. */
  readonly recovered: boolean
  /** What the supervisor had reason to write about: deaths, reloads, scalings. */
  readonly incidents: number
  /** The lines of its log since the injection began; undefined where a system has none that we can read. */
  readonly log: readonly string[] | undefined
  /** The first few of the failures that nothing excuses. */
  readonly examples: readonly string[]
}

export const noFacts: Facts = {
  requests: 0,
  failed: 0,
  excused: 0,
  refused: 0,
  longestStallMs: 0,
  recovered: true,
  incidents: 0,
  log: undefined,
  examples: [],
}

/** What a load has seen, of which `held` excuses a part. */
export function factsOf(
  report: Report,
  held: readonly HeldConnections[] = [],
): Pick<Facts, 'requests' | 'failed' | 'excused' | 'refused' | 'longestStallMs' | 'examples'> {
  const unexcused = report.failuresOutside(...held)
  return {
    requests: report.requests,
    failed: report.failed,
    excused: report.failed - unexcused.length,
    refused: report.outcomes.refused,
    longestStallMs: Math.max(0, (report.longestWait()?.waitMs ?? 0) - report.clientStallMs),
    examples: unexcused
      .slice(0, 5)
      .map(
        ({ outcome, detail, kind, reused, idleMs, worker, sentMs, failedMs }) =>
          `${outcome} (${detail}), ${kind}, ${reused ? `reused after ${Math.round(idleMs ?? 0)} ms` : 'new connection'}, worker ${worker ?? 'unknown'}, sent at ${Math.round(sentMs)}, failed at ${Math.round(failedMs)} ms`,
      ),
  }
}

export function lostOf({ failed, excused }: Pick<Facts, 'failed' | 'excused'>): number {
  return failed - excused
}
