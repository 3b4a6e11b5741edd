import type { FleetStatus } from '@nunicorn/contract'

import { nextPollMs } from './next-poll.ts'

export interface StatusListener {
  readonly onStatus: (status: FleetStatus) => void
  /** The server is away, or answers with something else. */
  readonly onLost: (why: string) => void
}

const answerMs = 5_000

/** Asks for the status for as long as the page is there. */
export function pollStatus({ onStatus, onLost }: StatusListener): void {
  let failures = 0
  let timer = 0
  let asking = false

  async function poll(): Promise<void> {
    clearTimeout(timer)
    if (asking) return
    asking = true
    try {
      onStatus(await readStatus())
      failures = 0
    } catch (error) {
      failures += 1
      onLost(error instanceof Error ? error.message : String(error))
    }
    asking = false
    timer = setTimeout(poll, nextPollMs({ failures, hidden: document.hidden }))
  }

  document.addEventListener('visibilitychange', () => void (document.hidden || poll()))
  addEventListener('online', () => void poll())
  void poll()
}

async function readStatus(): Promise<FleetStatus> {
  const signal = AbortSignal.timeout(answerMs)
  const response = await fetch('status', { signal, headers: { accept: 'application/json' } })
  const status = (await response.json()) as FleetStatus
  if (!Array.isArray(status.workers)) throw new Error(`status ${response.status}`)
  return status
}
