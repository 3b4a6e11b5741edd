import { runOwnClient } from '../load/own-client.ts'
import type { Conditions, Measurement, Subject } from '../measurement.ts'
import type { Quantity } from '../quantity.ts'

export const p50: Quantity = quantity('p50')
export const p99: Quantity = quantity('p99')
export const p999: Quantity = quantity('p99.9')

/** Of what the slowest can do: nobody is saturated, and whoever waits, waits for the server. */
const share = 0.7

/**
 * How long answers take at the same rate for all, over kept connections. Requests are due at fixed times and wait from then
 * on, so that a server which stands still is seen by all whom it keeps waiting. wrk cannot do that: it asks again
 * only after the answer.
 */
export const latency: Measurement = {
  quantities: [p50, p99, p999],
  async agree(subjects, conditions) {
    const capacities: number[] = []
    for (const subject of subjects) capacities.push(await capacityOf(subject, conditions))
    const rate = Math.round(share * Math.min(...capacities))
    conditions.remark(`latencies are those at ${rate} requests/s over ${connections} connections`)
    return rate
  },
  async measure({ entrant, server: { port } }, { seconds, signal, remark }, ratePerSecond) {
    const load = {
      port,
      path: '/',
      connections,
      keepAlive: true,
      seconds: seconds * lasting,
      warmUpSeconds: seconds,
      ratePerSecond,
    }
    const { percentilesMs, failures } = await runOwnClient(load, signal)
    if (failures > 0) remark(`${entrant.name}: ${failures} requests failed at a fixed rate`)
    const [of50, of99, of999] = percentilesMs
    return new Map([
      [p50, of50],
      [p99, of99],
      [p999, of999],
    ])
  },
}

const connections = 32
/** The last thousandth of a second's requests would be a handful. */
const lasting = 3

async function capacityOf(
  { server: { port } }: Subject,
  { seconds, signal }: Conditions,
): Promise<number> {
  const load = { port, path: '/', connections, keepAlive: true, seconds }
  // Once to warm up.
  await runOwnClient(load, signal)
  const { perSecond } = await runOwnClient(load, signal)
  return perSecond
}

function quantity(percentile: string): Quantity {
  return { name: `${percentile} at 70 % of the slowest's capacity`, unit: 'ms', better: 'lower' }
}
