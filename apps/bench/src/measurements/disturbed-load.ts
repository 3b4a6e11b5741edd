import { setTimeout as sleep } from 'node:timers/promises'

import { type LoadRun, type Report, startLoad } from '@nunicorn/torture'

/**
 * Clients that never retry, on a server to which something is about to happen: answers take 10 to 30 ms, so that there is
 * always something in flight, and the machine has time left for those who restart.
 */
export function startDisturbedLoad(port: number): LoadRun {
  return startLoad({
    target: { host: '127.0.0.1', port },
    request: { path: '/slow' },
    clients: [
      { kind: 'connection-per-request', concurrency: 20 },
      { kind: 'keep-alive', concurrency: 20, thinkMs: [5, 50] },
    ],
  })
}

/** What the server has to answer for: that this machine had no port left is not its fault. */
export function lostRequests({ failed, outcomes }: Report): number {
  return failed - outcomes['client-error']
}

/** Goes on until so many more requests have ended. */
export async function ride(load: LoadRun, requests: number): Promise<void> {
  const { requests: before } = load.progress
  await load.until((progress) => progress.requests >= before + requests)
}

/** Waits until `isDone`, looking every few milliseconds. @throws Error when it takes too long */
export async function waitUntil(
  isDone: () => boolean | Promise<boolean>,
  {
    what,
    patienceMs,
    signal,
  }: {
    readonly what: string
    readonly patienceMs: number
    readonly signal: AbortSignal
  },
): Promise<void> {
  for (const giveUpAt = performance.now() + patienceMs; performance.now() < giveUpAt;) {
    if (await isDone()) return
    await sleep(pollMs, undefined, { signal })
  }
  throw new Error(`${what} took longer than ${patienceMs / 1_000} s`)
}

const pollMs = 5
