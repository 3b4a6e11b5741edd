import { setTimeout as sleep } from 'node:timers/promises'

import type { MemoryGauge } from './ports.ts'

/** A process whose memory is limited. */
export interface Weighed {
  readonly id: number
  readonly pid: number
  /** What it uses matters only above this. */
  readonly limitBytes: number
}

export interface MemoryWatch {
  /** Goes on until `weighed` is empty. May be called at any time. */
  start(): void
  stop(): void
}

export interface MemoryWatchOptions {
  readonly gauge: MemoryGauge
  readonly weighed: () => readonly Weighed[]
  readonly onMeasured: (id: number, bytes: number) => void
  /** Waits between two rounds, without keeping the process alive. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>
}

const everyMs = 2_000
const everyMsAtMost = 10_000
/** Large processes take the kernel long; measuring them may take a twentieth of the time. */
const shareOfTime = 20

/** Measures the workers whose memory is limited, one after the other, again and again. */
export function memoryWatch({
  gauge,
  weighed,
  onMeasured,
  pause = idle,
}: MemoryWatchOptions): MemoryWatch {
  const over = new AbortController()
  let watching = false

  async function watch(): Promise<void> {
    watching = true
    while (!over.signal.aborted && weighed().length > 0) {
      const startedAt = performance.now()
      for (const { id, pid, limitBytes } of weighed()) {
        const bytes = await gauge.measure(pid, limitBytes)
        if (over.signal.aborted) return
        if (bytes !== undefined) onMeasured(id, bytes)
      }
      const tookMs = performance.now() - startedAt
      const pauseMs = Math.min(everyMsAtMost, Math.max(everyMs, tookMs * shareOfTime))
      await pause(pauseMs, over.signal)
    }
    watching = false
  }

  return {
    start: () => void (watching || watch()),
    stop: () => over.abort(),
  }
}

async function idle(ms: number, signal: AbortSignal): Promise<void> {
  // It rejects when the signal aborts, which says nothing that the caller does not see.
  await sleep(ms, undefined, { ref: false, signal }).catch(() => {})
}
