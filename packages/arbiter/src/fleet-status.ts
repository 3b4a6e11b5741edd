import type { FleetState, FleetStatus, WorkerStatus } from '@nunicorn/contract'

import type { Fleet } from './fleet.ts'
import type { State, Worker } from './machine/index.ts'

/** What the machine knows of the fleet and what its workers said last, as others may see it. */
export function fleetStatus(
  state: State,
  { fleet, now }: { readonly fleet: Fleet; readonly now: number },
): Pick<FleetStatus, 'state' | 'generation' | 'target' | 'reload' | 'workers'> {
  const { generation, target, reload, workers } = state
  return {
    state: stateOf(state),
    generation,
    target,
    ...(reload && { reload: { generation: reload.generation, stage: reload.stage } }),
    workers: workers
      .map((worker) => workerStatus(worker, { fleet, now }))
      .toSorted((one, other) => one.number - other.number),
  }
}

function stateOf({ phase, everReady, leaving, degraded }: State): FleetState {
  if (phase !== 'running') return 'stopping'
  if (leaving !== undefined) return 'leaving'
  if (!everReady) return 'starting'
  return degraded ? 'degraded' : 'serving'
}

function workerStatus(
  worker: Worker,
  { fleet, now }: { readonly fleet: Fleet; readonly now: number },
): WorkerStatus {
  const { id, slot: number, generation, phase, suspect, spawnedAt, readyAt, beatAt } = worker
  const { pid, workerClass, sample, memoryBytes } = fleet.look(id)
  return {
    number,
    pid,
    generation,
    state: suspect && phase !== 'ending' ? 'suspect' : phase,
    workerClass,
    ageMs: Math.round(now - spawnedAt),
    ...(readyAt !== undefined && { bootMs: Math.round(readyAt - spawnedAt) }),
    silentMs: Math.round(now - beatAt),
    serves: worker.serves,
    ...(sample && { sample }),
    ...(memoryBytes !== undefined && { memoryBytes }),
  }
}
