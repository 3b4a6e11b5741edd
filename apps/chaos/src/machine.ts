import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem } from 'node:os'

/** On what it was run. */
export interface Machine {
  readonly cpu: string
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

function distribution(): string {
  try {
    return /^PRETTY_NAME="?(.*?)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux'
  } catch {
    return 'Linux'
  }
}
