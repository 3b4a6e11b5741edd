import { readFileSync } from 'node:fs'

import type { ProcessSample } from '@nunicorn/contract'

import { readStat } from '../diagnose/proc-stat.ts'

const msPerTick = 10

/** Measures a program from outside, by /proc; where there is none, everything is 0. */
export function programSampler(pid: number): () => ProcessSample {
  let before = { ticks: 0, at: performance.now() }
  return () => {
    const ticks = readStat(pid)?.cpuTicks ?? before.ticks
    const at = performance.now()
    const utilisation = ((ticks - before.ticks) * msPerTick) / Math.max(1, at - before.at)
    before = { ticks, at }
    return {
      rssBytes: readResident(pid),
      heapUsedBytes: 0,
      heapLimitBytes: 0,
      utilisation: Math.min(1, utilisation),
      loopDelayMs: 0,
      cpuSeconds: (ticks * msPerTick) / 1_000,
    }
  }
}

function readResident(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1')
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024
  } catch {
    return 0
  }
}
