import { readFileSync } from 'node:fs'

import { memoryCgroup } from './memory-cgroup.ts'

/** The kernel counts a kill some time before its victim is reaped, no more. */
const staleMs = 2_000

/**
 * Tells whether a process that was just reaped was a victim of the kernel's out-of-memory killer in this cgroup, by the
 * `oom_kill` counter of `memory.events` (cgroup v2) or `memory.oom_control` (v1). Each kill explains one death; one that
 * nobody has claimed for a while was of another process in the cgroup.
 */
export function outOfMemoryWatch(
  read: (path: string) => string | undefined = readText,
  now: () => number = () => performance.now(),
): () => boolean {
  const path = counterPath(read('/proc/self/cgroup') ?? '')
  let seen = countKills(read(path)) ?? 0
  let unclaimed = 0
  let seenAt = now()
  return () => {
    // What cannot be read just now (no descriptor is free) must not make the kills of the past count again.
    const count = countKills(read(path)) ?? seen
    if (now() - seenAt > staleMs) unclaimed = 0
    if (count > seen) {
      unclaimed += count - seen
      seenAt = now()
    }
    seen = count
    if (unclaimed === 0) return false
    unclaimed -= 1
    return true
  }
}

function counterPath(groups: string): string {
  const { version, folder } = memoryCgroup(groups)
  return `${folder}/${version === 1 ? 'memory.oom_control' : 'memory.events'}`
}

function countKills(events: string | undefined): number | undefined {
  const count = /^oom_kill (\d+)$/m.exec(events ?? '')?.[1]
  return count === undefined ? undefined : Number(count)
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
