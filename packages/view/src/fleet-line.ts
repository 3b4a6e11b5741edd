import type { FleetStatus } from '@nunicorn/contract'

import { recentQuantileMs, requestsPerSecond, type Track } from './track.ts'
import type { WorkerView } from './worker-view.ts'

/** The whole instance on one line. */
export interface FleetLine extends Pick<
  FleetStatus,
  | 'version'
  | 'name'
  | 'app'
  | 'pid'
  | 'state'
  | 'generation'
  | 'target'
  | 'listeners'
  | 'reload'
  | 'lastReload'
> {
  readonly upMs: number
  /** Workers that are ready and not stale; those that are stale. */
  readonly ready: number
  readonly stale: number
  readonly requestsPerSecond: number | undefined
  readonly p50Ms: number | undefined
  readonly p99Ms: number | undefined
  /** Of the workers that are ready: the mean, and the busiest one's. */
  readonly utilisation: number | undefined
  readonly highestUtilisation: number | undefined
  readonly memoryBytes: number | undefined
  /** The biggest worker's. */
  readonly highestMemoryBytes: number | undefined
  readonly connections: number | undefined
  readonly inFlight: number | undefined
  /** Since the arbiter started. */
  readonly requests: number
  readonly failed: number
  readonly ended: number
  readonly reloads: number
}

export function fleetLine(
  status: FleetStatus,
  { workers, track }: { readonly workers: readonly WorkerView[]; readonly track: Track },
): FleetLine {
  const { version, name, app, pid, state, generation, target, listeners, reload, lastReload } =
    status
  const { totals } = status
  const ready = workers.filter((worker) => worker.state === 'ready')
  const busy = known(ready, 'utilisation')
  const memory = known(workers, 'memoryBytes')
  return {
    version,
    name,
    app,
    pid,
    state,
    generation,
    target,
    listeners,
    ...(reload && { reload }),
    ...(lastReload && { lastReload }),
    upMs: Math.max(0, status.at - status.startedAt),
    ready: ready.length,
    stale: workers.filter(({ stale }) => stale).length,
    requestsPerSecond: rateOf(workers, track),
    p50Ms: recentQuantileMs(track, 0.5),
    p99Ms: recentQuantileMs(track, 0.99),
    utilisation: busy.length === 0 ? undefined : (sum(busy) ?? 0) / busy.length,
    highestUtilisation: highest(busy),
    memoryBytes: sum(memory),
    highestMemoryBytes: highest(memory),
    connections: sum(known(workers, 'connections')),
    inFlight: sum(known(workers, 'inFlight')),
    requests: totals.requests,
    failed: totals.answers['5xx'],
    ended: sum(Object.values(totals.ends)) ?? 0,
    reloads: totals.reloads.finished,
  }
}

/**
 * The rates of the workers are exact. While one is so young that it has not told its own, or an old one has just left, what
 * all have counted together says more.
 */
function rateOf(workers: readonly WorkerView[], track: Track): number | undefined {
  const rates = known(workers, 'requestsPerSecond')
  const missing = workers.some(
    ({ stale, requestsPerSecond }) => !stale && requestsPerSecond === undefined,
  )
  const together = missing ? requestsPerSecond(track) : undefined
  return together === undefined ? sum(rates) : Math.max(together, sum(rates) ?? 0)
}

type Measure = {
  [Name in keyof WorkerView]: WorkerView[Name] extends number | undefined ? Name : never
}[keyof WorkerView]

function known(workers: readonly WorkerView[], measure: Measure): readonly number[] {
  return workers.map((worker) => worker[measure]).filter((value) => value !== undefined)
}

function highest(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.max(...values)
}

function sum(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((total, value) => total + value, 0)
}
