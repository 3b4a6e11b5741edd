import type { WorkerSample, WorkerStatus } from '@nunicorn/contract'

import { type Family, gauge, type Labels, one } from './family.ts'
import { isStale, placeOf } from './place.ts'

const msPerSecond = 1_000

/** A measure of one worker, and what is made of those that share a place: a sum, unless it says otherwise. */
interface Measure {
  readonly name: string
  readonly help: string
  readonly of: (worker: WorkerStatus) => number | undefined
  readonly together?: (values: readonly number[]) => number
}

/** Gauges for each place of the fleet. The numbers of a worker that is silent are kept as it last said them. */
export function workerFamilies(workers: readonly WorkerStatus[]): readonly Family[] {
  const places = byPlace(workers)
  return measures.map(({ name, help, of, together = sum }) =>
    gauge(
      { name: `nunicorn_worker_${name}`, help },
      places.flatMap(({ labels, workers: there }) => {
        const values = there.map(of).filter((value) => value !== undefined)
        return values.length === 0 ? [] : [one(together(values), labels)]
      }),
    ),
  )
}

/** The workers that are shown as one: several may leave the same slot at a time. */
export function byPlace(
  workers: Iterable<WorkerStatus>,
): readonly { readonly labels: Labels; readonly workers: readonly WorkerStatus[] }[] {
  const places = new Map<string, { labels: Labels; workers: WorkerStatus[] }>()
  for (const worker of workers) {
    const labels = placeOf(worker)
    const key = Object.values(labels).join()
    const place = places.get(key) ?? { labels, workers: [] }
    place.workers.push(worker)
    places.set(key, place)
  }
  return [...places.values()]
}

const measures: readonly Measure[] = [
  {
    name: 'stale',
    help: '1 for a worker that has missed its beats: its other numbers are as old as the last of them.',
    of: (worker) => Number(isStale(worker)),
    together: largest,
  },
  {
    name: 'silent_seconds',
    help: "Since the worker's last sign of life.",
    of: ({ silentMs }) => silentMs / msPerSecond,
    together: largest,
  },
  {
    name: 'age_seconds',
    help: 'Since the process was started.',
    of: ({ ageMs }) => ageMs / msPerSecond,
    together: largest,
  },
  {
    name: 'generation',
    help: 'The generation of its code and settings.',
    of: ({ generation }) => generation,
    together: largest,
  },
  {
    name: 'slots_served',
    help: 'The slots on whose sockets it accepts.',
    of: ({ serves }) => serves.length,
  },
  said('requests_in_flight', 'Requests that have not been answered.', ({ inFlight }) => inFlight),
  said('connections', 'Open connections.', ({ connections }) => connections),
  said(
    'event_loop_utilization_ratio',
    'The part of the time between the last two beats in which the event loop was busy, 0 to 1.',
    ({ utilisation }) => utilisation,
    largest,
  ),
  said(
    'event_loop_delay_seconds',
    'The longest that the event loop came late between the last two beats.',
    ({ loopDelayMs }) => loopDelayMs / msPerSecond,
    largest,
  ),
  said('resident_memory_bytes', 'Resident set size.', ({ rssBytes }) => rssBytes),
  {
    name: 'proportional_memory_bytes',
    help: 'Proportional set size, where it was measured: with max-memory.',
    of: ({ memoryBytes }) => memoryBytes,
  },
  said('heap_used_bytes', 'JavaScript heap in use.', ({ heapUsedBytes }) => heapUsedBytes),
  said(
    'heap_limit_bytes',
    'JavaScript heap at most; more is a crash.',
    ({ heapLimitBytes }) => heapLimitBytes,
  ),
]

/** What a worker says of itself with a beat; absent before the first. */
function said(
  name: string,
  help: string,
  of: (sample: WorkerSample) => number,
  together: Measure['together'] = sum,
): Measure {
  return { name, help, of: ({ sample }) => sample && of(sample), together }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function largest(values: readonly number[]): number {
  return Math.max(...values)
}
