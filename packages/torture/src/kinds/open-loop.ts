import { ask, type Load } from '../ask.ts'
import type { OpenLoopSpec } from '../clients.ts'
import { atRate } from '../pace.ts'

export async function openLoop(load: Load, { kind, ratePerSecond }: OpenLoopSpec): Promise<void> {
  const inFlight = new Set<Promise<unknown>>()
  await atRate(load, ratePerSecond, (dueMs) => {
    const asking = ask(load, { kind, close: true, dueMs }).finally(() => inFlight.delete(asking))
    inFlight.add(asking)
  })
  await Promise.all(inFlight)
}
