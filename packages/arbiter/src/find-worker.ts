import { NunicornError } from '@nunicorn/contract'

import type { Fleet } from './fleet.ts'
import { isCanary, type State, type Worker } from './machine/index.ts'

/** A worker that an operator has named. */
export interface NamedWorker {
  readonly id: number
  /** Its slot. */
  readonly worker: number
  readonly pid: number
}

/**
 * Finds a worker by its number, of two in a slot the one that serves and shall go on serving; or by its pid.
 * @throws NunicornError `no-such-worker`
 */
export function findWorker(state: State, fleet: Fleet, name: number): NamedWorker {
  const inSlot = state.workers.filter((worker) => worker.slot === name)
  const found =
    inSlot.toSorted(
      (one, other) => rank(state, other) - rank(state, one) || other.id - one.id,
    )[0] ?? state.workers.find((worker) => fleet.pid(worker.id) === name)
  if (found === undefined) throw noSuchWorker(state, name)
  return { id: found.id, worker: found.slot, pid: fleet.pid(found.id) }
}

function rank(state: State, worker: Worker): number {
  if (worker.phase === 'ready') return isCanary(state, worker) ? 2 : 3
  return worker.phase === 'booting' ? 1 : 0
}

function noSuchWorker({ workers }: State, name: number): NunicornError {
  const numbers = [...new Set(workers.map(({ slot }) => slot))].toSorted((a, b) => a - b)
  return new NunicornError({
    code: 'no-such-worker',
    message: `There is no worker with the number or the pid ${name}.`,
    hint: `There are: ${numbers.join(', ')}.`,
  })
}
