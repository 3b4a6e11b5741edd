import { setTimeout as sleep } from 'node:timers/promises'

import { type HeldConnections, heldConnections, killWithOracle } from '@nunicorn/torture'

import { descriptorsOf, send } from '../processes.ts'
import type { Server } from '../system.ts'

/** As {@link killWithOracle}, by another signal: one that ends the process as soon as it goes on. */
export async function endWithOracle(pid: number, signal: NodeJS.Signals): Promise<HeldConnections> {
  send('SIGSTOP', [pid])
  await sleep(20)
  const held = await heldConnections(pid)
  send(signal, [pid])
  send('SIGCONT', [pid])
  return held
}

/** All of them at once: all are stopped before the first is counted. */
export async function killAllWithOracle(
  pids: readonly number[],
): Promise<readonly HeldConnections[]> {
  send('SIGSTOP', pids)
  return await Promise.all(pids.map(killWithOracle))
}

/** The worker with most descriptors at the moment: cheap to see, and under load most of them are connections. */
export function busiest(server: Server): number {
  const [first = 0] = server.workers().toSorted((a, b) => descriptorsOf(b) - descriptorsOf(a))
  return first
}

/** Which worker has accepted the connection of this client's port. */
export async function holderOf(server: Server, localPort: number): Promise<number | undefined> {
  for (const pid of server.workers()) {
    const { ports } = await heldConnections(pid)
    if (ports.has(localPort)) return pid
  }
  return undefined
}
