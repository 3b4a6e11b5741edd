import type { EventRecord, FleetStatus, WorkerStatus } from '@nunicorn/contract'
import { noDurations } from '@nunicorn/contract'

import type { Chronicle } from './chronicle.ts'
import { extend, recentQuantileMs, requestsPerSecond, type Track, windowMs } from './track.ts'

/** One worker process. What is not known is undefined; of a stale one the rates are not known. */
export interface WorkerView extends Pick<
  WorkerStatus,
  'number' | 'pid' | 'generation' | 'state' | 'workerClass' | 'ageMs' | 'silentMs' | 'serves'
> {
  /** Unique among the processes of an instance. */
  readonly key: string
  /** It has been silent for two beats or more: what it last said is shown, and may be untrue by now. */
  readonly stale: boolean
  readonly requestsPerSecond: number | undefined
  readonly p50Ms: number | undefined
  readonly p99Ms: number | undefined
  readonly utilisation: number | undefined
  readonly loopDelayMs: number | undefined
  /** PSS where that is measured, else RSS. */
  readonly memoryBytes: number | undefined
  readonly rssBytes: number | undefined
  readonly connections: number | undefined
  readonly inFlight: number | undefined
  /** Processes of its slot that have ended, as far as the events tell, and those that ended against the arbiter's will. */
  readonly ended: number
  readonly lost: number
  /** Its own; before it has one, that of its slot. */
  readonly lastEvent: EventRecord | undefined
}

export function keyOf({ number, generation, pid }: WorkerStatus): string {
  return `${number}-${generation}-${pid}`
}

/** Adds what a worker said with its last beat, at the time at which it said it: so no rate depends on when it was asked. */
export function track(
  before: Track | undefined,
  { worker, at }: { readonly worker: WorkerStatus; readonly at: number },
): Track {
  const { sample, silentMs, ageMs } = worker
  if (sample === undefined) return before ?? []
  const { requests, durations } = sample
  const begun = before ?? birth(at - ageMs, at)
  return extend(begun, { at: Math.max(at - silentMs, at - ageMs), requests, durations })
}

/** A process that began within the window had counted nothing then; of an older one that is not known. */
function birth(bornAt: number, now: number): Track {
  return bornAt < now - windowMs ? [] : [{ at: bornAt, requests: 0, durations: noDurations }]
}

export function viewWorker(
  worker: WorkerStatus,
  { track, chronicle }: { readonly track: Track; readonly chronicle: Chronicle },
): WorkerView {
  const { number, pid, generation, state, workerClass, ageMs, silentMs, serves, sample } = worker
  const stale = state === 'suspect'
  const { lastEvent, ended = 0, lost = 0 } = chronicle.slots[number] ?? {}
  const own = chronicle.events.findLast((event) => event.worker?.pid === pid)
  return {
    key: keyOf(worker),
    number,
    pid,
    generation,
    state,
    workerClass,
    ageMs,
    silentMs,
    serves,
    stale,
    requestsPerSecond: stale ? undefined : requestsPerSecond(track),
    p50Ms: stale ? undefined : recentQuantileMs(track, 0.5),
    p99Ms: stale ? undefined : recentQuantileMs(track, 0.99),
    utilisation: sample?.utilisation,
    loopDelayMs: sample?.loopDelayMs,
    memoryBytes: worker.memoryBytes ?? sample?.rssBytes,
    rssBytes: sample?.rssBytes,
    connections: sample?.connections,
    inFlight: sample?.inFlight,
    ended,
    lost,
    lastEvent: own ?? lastEvent,
  }
}

/** The order in which they are shown: by number, and of one slot the oldest first. */
export function tracksOf(
  before: ReadonlyMap<string, Track>,
  { workers, at }: Pick<FleetStatus, 'workers' | 'at'>,
): ReadonlyMap<string, Track> {
  return new Map(
    workers.map((worker) => {
      const key = keyOf(worker)
      return [key, track(before.get(key), { worker, at })]
    }),
  )
}
