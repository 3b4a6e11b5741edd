import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'

/** On what the figures were taken. */
export interface Machine {
  readonly cpu: string
  /** CPUs that this process may use. */
  readonly parallelism: number
  readonly memoryGigabytes: number
  readonly system: string
  readonly node: string
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    parallelism: availableParallelism(),
    memoryGigabytes: Math.round(totalmem() / 1e9),
    system: `${distribution()}, Linux ${release()}`,
    node: process.version,
  }
}

/** Processes that wanted to run in the last minute. */
export function loadOfLastMinute(): number {
  return Math.round((loadavg()[0] ?? 0) * 100) / 100
}

function distribution(): string {
  try {
    return /^PRETTY_NAME="?(.*?)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux'
  } catch {
    return 'Linux'
  }
}
