import { readFileSync } from 'node:fs'

import type { CpuSupply } from '../machine/index.ts'

/** The kernel's counters of CPU time that a process could not have. */
export interface CpuCounters {
  readonly throttledPeriods: number
  readonly throttledMs: number
  /** How long somebody on this machine has had to wait for a CPU. */
  readonly stalledMs: number
  readonly atMs: number
}

/** Reads the counters of a process' cgroup, of those above it, and of the machine (cgroups(7), PSI). */
export function readCpuCounters(
  pid: number,
  readText: (path: string) => string = read,
): CpuCounters {
  const quotas = cpuStats(readText(`/proc/${pid}/cgroup`)).map(readText)
  const stalled = /^some .*total=(\d+)$/m.exec(readText('/proc/pressure/cpu'))?.[1]
  return {
    throttledPeriods: sum(quotas, /^nr_throttled (\d+)$/m),
    // In microseconds by version 2, in nanoseconds by version 1.
    throttledMs:
      sum(quotas, /^throttled_usec (\d+)$/m) / 1e3 + sum(quotas, /^throttled_time (\d+)$/m) / 1e6,
    stalledMs: Number(stalled ?? 0) / 1e3,
    atMs: performance.now(),
  }
}

/** What has been missing between two readings. */
export function cpuSupply(from: CpuCounters, to: CpuCounters): CpuSupply {
  const passedMs = Math.max(1, to.atMs - from.atMs)
  return {
    throttledPeriods: to.throttledPeriods - from.throttledPeriods,
    throttledMs: Math.round(to.throttledMs - from.throttledMs),
    pressure: Math.min(1, (to.stalledMs - from.stalledMs) / passedMs),
  }
}

/** A quota of any ancestor throttles as well. */
function cpuStats(groups: string): readonly string[] {
  const lines = groups.split('\n')
  return lines.flatMap((line) => {
    const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    const mount = mountOf(controllers)
    if (mount === undefined) return []
    const parts = path.split('/').filter(Boolean)
    return Array.from(
      { length: parts.length + 1 },
      (_, depth) => `${[mount, ...parts.slice(0, depth)].join('/')}/cpu.stat`,
    )
  })
}

function mountOf(controllers: string): string | undefined {
  if (controllers === '') return '/sys/fs/cgroup'
  return controllers.split(',').includes('cpu') ? '/sys/fs/cgroup/cpu' : undefined
}

function sum(texts: readonly string[], pattern: RegExp): number {
  return texts.reduce((total, text) => total + Number(pattern.exec(text)?.[1] ?? 0), 0)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
