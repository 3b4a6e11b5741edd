import { setTimeout as sleep } from 'node:timers/promises'

import type { Measurement } from '../measurement.ts'
import { cpuTimeMs } from '../proc.ts'

/** What the supervisor takes from one core while nothing happens. */
export const supervisorIdle: Measurement = {
  name: 'idle CPU of the supervisor',
  unit: '%',
  better: 'lower',
  together: true,
  once: true,
  async measure({ entrant, server }, { idleMs, signal }) {
    if (!entrant.contender.supervises) return undefined
    const [beganAt, before] = [performance.now(), cpuTimeMs(server.pid)]
    await sleep(idleMs, undefined, { signal })
    return ((cpuTimeMs(server.pid) - before) / (performance.now() - beganAt)) * 100
  },
}
