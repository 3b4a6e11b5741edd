import { setTimeout as sleep } from 'node:timers/promises'

import { type HeldConnections, heldConnections } from './held-connections.ts'

/** Long enough for a stopped process to stand still on every CPU. */
const SETTLE_MS = 20

/**
 * Kills a process and says what it held: it is stopped, its connections are counted, then it gets SIGKILL. Failures on
 * other connections are not the kill's fault, but the supervisor's. Linux only.
 *
 * @throws NodeJS.ErrnoException ESRCH when there is no such process
 */
export async function killWithOracle(pid: number): Promise<HeldConnections> {
  process.kill(pid, 'SIGSTOP')
  try {
    await sleep(SETTLE_MS)
    return await heldConnections(pid)
  } finally {
    process.kill(pid, 'SIGKILL')
  }
}
