import type { Outcome } from '../outcome.ts'
import type { Report } from '../report.ts'
import type { Failure } from '../trip.ts'
import type { Deed } from './deeds.ts'

/** What a run of the command has shown. */
export interface Verdict {
  readonly report: Report
  /** Failures that are the server's. */
  readonly lost: number
  /** Failures on connections that a killed process held: nobody could have saved them. */
  readonly excused: number
  /** Requests that this machine could not make: they say nothing about the server. */
  readonly notMade: number
  /** The first is what came before anything was done. */
  readonly chapters: readonly Chapter[]
  readonly exitCode: 0 | 1 | 2
}

/** From one deed to the next. */
export interface Chapter {
  readonly deed: Deed | undefined
  /** Of the failures that were kept. */
  readonly failures: readonly Failure[]
  /** Of the answers that came in it, wherever their requests began. */
  readonly longestWaitMs: number | undefined
}

export function judge(report: Report, deeds: readonly Deed[]): Verdict {
  const held = deeds.flatMap(({ held }) => held ?? [])
  const isComplete = report.failed === report.failures.length
  const outside = isComplete ? report.failuresOutside(...held) : report.failures
  const notMade = report.outcomes['client-error']
  const excused = report.failures.length - outside.length
  const lost =
    report.failed - excused - outside.filter(({ outcome }) => outcome === 'client-error').length
  const guilty = outside.filter(({ outcome }) => outcome !== 'client-error')
  const isAsTold = notMade === 0 && report.requests > 0 && deeds.every(({ problem }) => !problem)
  return {
    report,
    lost,
    excused,
    notMade,
    chapters: chaptersOf(report, deeds, guilty),
    exitCode: lost > 0 ? 1 : isAsTold ? 0 : 2,
  }
}

function chaptersOf(
  report: Report,
  deeds: readonly Deed[],
  failures: readonly Failure[],
): Chapter[] {
  const starts = [undefined, ...deeds]
  return starts.map((deed, index) => {
    const answeredAfterMs = deed?.atMs ?? 0
    const answeredBeforeMs = starts[index + 1]?.atMs ?? Infinity
    const longest = report.longestWait({ answeredAfterMs, answeredBeforeMs })
    return {
      deed,
      failures: failures.filter((failure) => chapterOf(failure, deeds) === index),
      longestWaitMs: longest?.waitMs,
    }
  })
}

/** By when it failed; who waited in vain was hit by the first thing that was done since then. */
function chapterOf({ outcome, sentMs, failedMs }: Failure, deeds: readonly Deed[]): number {
  if (outcome === 'timeout') {
    const first = deeds.findIndex(({ atMs }) => atMs >= sentMs && atMs <= failedMs)
    if (first >= 0) return first + 1
    return deeds.findLastIndex(({ atMs }) => atMs < sentMs) + 1
  }
  return deeds.findLastIndex(({ atMs }) => atMs <= failedMs) + 1
}

/** `closed-unanswered (FIN)`, most frequent first. */
export function countByDetail(
  failures: readonly Failure[],
): { what: string; outcome: Outcome; count: number }[] {
  const counts = new Map<string, { what: string; outcome: Outcome; count: number }>()
  for (const { outcome, detail, kind } of failures) {
    const what = `${outcome} (${detail}), ${kind}`
    const counted = counts.get(what) ?? { what, outcome, count: 0 }
    counted.count++
    counts.set(what, counted)
  }
  return [...counts.values()].toSorted((a, b) => b.count - a.count)
}
