import type { FleetLine } from './fleet-line.ts'
import type { WorkerView } from './worker-view.ts'

/** What plots are made of: the measures of one moment. */
export interface Point extends Pick<
  FleetLine,
  'requestsPerSecond' | 'p50Ms' | 'p99Ms' | 'utilisation'
> {
  readonly at: number
  /** By the number of the worker; of a slot with two processes the newer one that has said something. */
  readonly workers: Readonly<Record<number, WorkerPoint>>
}

export type WorkerPoint = Pick<
  WorkerView,
  'requestsPerSecond' | 'p99Ms' | 'utilisation' | 'memoryBytes'
>

const keptMs = 5 * 60_000
const keptPoints = 600

export function record(history: readonly Point[], point: Point): readonly Point[] {
  const last = history.at(-1)
  if (last !== undefined && point.at <= last.at) return history
  return [...history.filter(({ at }) => at > point.at - keptMs), point].slice(-keptPoints)
}

export function pointOf(
  at: number,
  { fleet, workers }: { readonly fleet: FleetLine; readonly workers: readonly WorkerView[] },
): Point {
  const { requestsPerSecond, p50Ms, p99Ms, utilisation } = fleet
  return {
    at,
    requestsPerSecond,
    p50Ms,
    p99Ms,
    utilisation,
    workers: Object.fromEntries(
      workers
        .filter(({ memoryBytes }) => memoryBytes !== undefined)
        .map((worker) => [worker.number, workerPoint(worker)]),
    ),
  }
}

/** What a stale worker said last is no measure of this moment: a plot has a gap there. */
function workerPoint({
  stale,
  requestsPerSecond,
  p99Ms,
  utilisation,
  memoryBytes,
}: WorkerView): WorkerPoint {
  return { requestsPerSecond, p99Ms, utilisation: stale ? undefined : utilisation, memoryBytes }
}
