import { setTimeout as sleep } from 'node:timers/promises'

import type { Measurement } from '../measurement.ts'
import { runTimeMs, descendants } from '../proc.ts'
import type { Quantity } from '../quantity.ts'

export const supervisorIdle: Quantity = {
  name: 'idle CPU of the supervisor',
  unit: '%',
  better: 'lower',
}
export const totalIdle: Quantity = {
  name: 'idle CPU of all processes',
  unit: '%',
  better: 'lower',
}

/** What is taken from one core while nothing happens. */
export const idle: Measurement = {
  quantities: [supervisorIdle, totalIdle],
  together: true,
  once: true,
  async measure({ entrant, server: { pid } }, { idleMs, signal }) {
    const pids = [pid, ...descendants(pid)]
    const [beganAt, before] = [performance.now(), pids.map(runTimeMs)]
    await sleep(idleMs, undefined, { signal })
    const tookMs = performance.now() - beganAt
    const shares = pids.map((one, index) => ((runTimeMs(one) - before[index]!) / tookMs) * 100)
    const total = shares.reduce((sum, share) => sum + share, 0)
    const sample = new Map([[totalIdle, total]])
    if (entrant.contender.supervisor === 'process') sample.set(supervisorIdle, shares[0]!)
    return sample
  },
}
