import { heldConnections } from '@nunicorn/torture'

import { atMost, type Check, nothingLost, nothingRefused, recovers } from './checks.ts'
import { clientC } from './clients.ts'
import { type Facts, factsOf } from './facts.ts'
import { send } from './processes.ts'
import { answered, type Stage } from './stage.ts'
import { until } from './until.ts'

/** What came of a worker that hung. */
export interface Hung extends Facts {
  readonly victim: number
  /** Since when it hung, by `performance.now()`. */
  readonly hungAtMs: number
  /** How long this process itself stood still at most. */
  readonly clientStallMs: number
  /** The longest wait of the connections that were opened when the worker hung already. */
  readonly newcomersMs: number
  readonly timeouts: number
  /** From when it hung until it was gone; Infinity when it never went. */
  readonly goneMs: number
  readonly bootMs: number
}

/** The bar: `timeout` is 3 s. */
export const timeoutMs = 3_000
/** How long a system gets to find the worker at all. */
const patienceMs = 12_000

/** One worker hangs under C, in whatever way. */
export async function hang(stage: Stage, inflict: () => Promise<number>): Promise<Hung> {
  const load = stage.load([clientC()])
  await answered(load, 300)
  const victim = await inflict()
  const hungMs = load.nowMs()
  const hungAtMs = performance.now()
  const held = await heldConnections(victim)
  const gone = await until(() => !stage.server.workers().includes(victim), {
    withinMs: patienceMs,
  })
  const goneMs = gone ? load.nowMs() - hungMs : Infinity
  const recovered = gone && (await stage.recovery({ gone: [victim] })) !== undefined
  await answered(load, 300)
  if (!gone) send('SIGKILL', [victim])
  const report = await load.stop()
  const wait = report.longestWait({ openedAfterMs: hungMs })?.waitMs ?? 0
  return {
    ...factsOf(report, [held]),
    victim,
    hungAtMs,
    clientStallMs: report.clientStallMs,
    newcomersMs: Math.max(0, wait - report.clientStallMs),
    timeouts: report.outcomes.timeout,
    goneMs,
    bootMs: stage.bootMs,
    recovered,
    incidents: 1,
    log: stage.logSinceStart(),
  }
}

/** What the bar asks of all hangs. On a machine that has other things to do, a neighbour's 50 ms may become 300. */
export function contained(seen: Hung): readonly Check[] {
  return [
    nothingLost(seen),
    nothingRefused(seen),
    recovers(seen),
    atMost('ms that a new connection waits', seen.newcomersMs, 300),
    atMost('ms until it is gone', seen.goneMs, timeoutMs + 1_000 + 500),
  ]
}
