import { killWithOracle } from '@nunicorn/torture'

import type { Measurement } from '../measurement.ts'
import type { Quantity } from '../quantity.ts'
import { meetWorkers } from '../server.ts'
import { ride, startDisturbedLoad } from './disturbed-load.ts'

export const timeToRecover: Quantity = {
  name: 'time until all workers answer again after the SIGKILL of one',
  unit: 'ms',
  better: 'lower',
}
export const lostBeyondKill: Quantity = {
  name: 'requests lost that the killed worker did not hold',
  unit: 'requests',
  better: 'lower',
}

const requestsAround = 500
const patienceMs = 30_000

/** Where workers are threads, and where nobody restarts them, there is nothing to measure. */
export const recovery: Measurement = {
  quantities: [timeToRecover, lostBeyondKill],
  async measure({ entrant, server }, { signal, remark }) {
    if (entrant.contender.supervisor !== 'process') return new Map()
    await using load = startDisturbedLoad(server.port)
    await ride(load, requestsAround)
    const [victim = NaN] = server.workerPids
    const held = await killWithOracle(victim)
    const killedAt = performance.now()
    const sample = new Map<Quantity, number>()
    try {
      const patience = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
      const isWanted = (worker: string) => worker !== String(victim)
      await meetWorkers(server.port, { count: entrant.workers, signal: patience, isWanted })
      sample.set(timeToRecover, performance.now() - killedAt)
    } catch (error) {
      signal.throwIfAborted()
      remark(`${entrant.name} did not recover from the SIGKILL of a worker: ${String(error)}`)
    }
    await ride(load, requestsAround)
    const failures = (await load.stop()).failuresOutside(held)
    return sample.set(
      lostBeyondKill,
      failures.filter(({ outcome }) => outcome !== 'client-error').length,
    )
  },
}
