import { runOwnClient } from '../load/own-client.ts'
import type { Conditions, Measurement, Subject } from '../measurement.ts'
import type { Quantity } from '../quantity.ts'

interface Work {
  readonly path: string
  readonly connections: number
}

/** Nobody is saturated, and whoever waits, waits for the server. */
const share = 0.7
/** The last thousandth of a second's requests would be a handful. */
const lasting = 3

/**
 * How long answers take at the same rate for all, over kept connections. Requests are due at fixed times and wait from then
 * on, so that a server which stands still is seen by all whom it keeps waiting. wrk cannot do that: it asks again
 * only after the answer.
 */
export const latency: Measurement = latencyOf(
  { path: '/', connections: 32 },
  { percentiles: ['p50', 'p99', 'p99.9'], at: "at 70 % of the slowest's capacity", of: Math.min },
)

/** The rate is one that too few workers cannot stand. */
export const mixedLatency: Measurement = latencyOf(
  { path: '/mixed', connections: 128 },
  { percentiles: ['p50', 'p99'], at: "of mixed work at 70 % of the best's capacity", of: Math.max },
)

export const [, p99] = latency.quantities as [Quantity, Quantity]

function latencyOf(
  work: Work,
  {
    percentiles,
    at,
    of,
  }: {
    readonly percentiles: readonly string[]
    readonly at: string
    readonly of: (...capacities: number[]) => number
  },
): Measurement {
  const quantities = percentiles.map((percentile): Quantity => ({
    name: `${percentile} ${at}`,
    unit: 'ms',
    better: 'lower',
  }))
  return {
    quantities,
    async agree(subjects, conditions) {
      const capacities: number[] = []
      for (const subject of subjects) capacities.push(await capacityOf(subject, conditions, work))
      const rate = Math.round(share * of(...capacities))
      conditions.remark(
        `latencies ${at} are those at ${rate} requests/s over ${work.connections} connections`,
      )
      return rate
    },
    async measure({ entrant, server: { port } }, { seconds, signal, remark }, ratePerSecond) {
      const load = { port, ...work, keepAlive: true, ratePerSecond }
      const { percentilesMs, failures } = await runOwnClient(
        { ...load, seconds: seconds * lasting, warmUpSeconds: seconds },
        signal,
      )
      if (failures > 0) remark(`${entrant.name}: ${failures} requests failed at a fixed rate`)
      return new Map(quantities.map((quantity, index) => [quantity, percentilesMs[index]!]))
    },
  }
}

async function capacityOf(
  { server: { port } }: Subject,
  { seconds, signal }: Conditions,
  work: Work,
): Promise<number> {
  const load = { port, ...work, keepAlive: true, seconds }
  // Once to warm up.
  await runOwnClient(load, signal)
  const { perSecond } = await runOwnClient(load, signal)
  return perSecond
}
