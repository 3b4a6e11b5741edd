import type { Durations } from '@nunicorn/contract'

import { quantileMs } from './quantile.ts'

/** What had been counted at one moment. */
export interface Mark {
  readonly at: number
  readonly requests: number
  readonly durations: Durations | undefined
}

/** The marks of one counting process of the last seconds, oldest first. */
export type Track = readonly Mark[]

/** Percentiles look back so far, rates less: a rate shall follow, and a percentile needs answers to be one. */
export const windowMs = 10_000
const rateSpanMs = 2_500

/** Adds what was counted last. A counter that has fallen is another process's: then the track begins anew. */
export function extend(track: Track, mark: Mark): Track {
  const last = track.at(-1)
  if (last === undefined || mark.requests < last.requests) return [mark]
  if (mark.at <= last.at) return track
  return [
    ...track.filter(({ at }, index) => at >= mark.at - windowMs || index === track.length - 1),
    mark,
  ]
}

export function requestsPerSecond(track: Track): number | undefined {
  const span = spanOf(track, rateSpanMs)
  if (span === undefined) return undefined
  const [first, last] = span
  return ((last.requests - first.requests) * 1_000) / (last.at - first.at)
}

/** How long the answers of the last seconds took; undefined where that is not measured, or nothing was answered. */
export function recentQuantileMs(track: Track, quantile: number): number | undefined {
  const [first, last] = spanOf(track, windowMs) ?? []
  if (!first?.durations || !last?.durations) return undefined
  return quantileMs(difference(last.durations, first.durations), quantile)
}

/** The newest mark and the oldest one that is no more than so much older, but at least the one before. */
function spanOf(track: Track, spanMs: number): readonly [Mark, Mark] | undefined {
  const last = track.at(-1)
  if (last === undefined) return undefined
  const within = track.find(({ at }) => at >= last.at - spanMs)
  const first = within === last ? track.at(-2) : within
  return first === undefined ? undefined : [first, last]
}

function difference(more: Durations, less: Durations): Durations {
  return {
    counts: more.counts.map((count, index) => Math.max(0, count - (less.counts[index] ?? 0))),
    sumSeconds: Math.max(0, more.sumSeconds - less.sumSeconds),
  }
}
