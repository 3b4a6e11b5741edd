import { readFileSync } from 'node:fs'

/**
 * Tells whether the kernel's out-of-memory killer has struck in this cgroup since the last call, by the `oom_kill` counter
 * of `memory.events` (cgroup v2) or `memory.oom_control` (v1).
 */
export function outOfMemoryWatch(
  read: (path: string) => string | undefined = readText,
): () => boolean {
  const path = counterPath(read('/proc/self/cgroup') ?? '')
  let seen = countKills(read(path)) ?? 0
  return () => {
    const before = seen
    // What cannot be read just now (no descriptor is free) must not make the kills of the past count again.
    seen = countKills(read(path)) ?? before
    return seen > before
  }
}

/** A controller that version 1 has is not there in version 2. */
function counterPath(cgroups: string): string {
  const [, old] = /^\d+:(?:[^:\n]*,)?memory(?:,[^:\n]*)?:(.*)$/m.exec(cgroups) ?? []
  if (old !== undefined) return `/sys/fs/cgroup/memory${below(old)}/memory.oom_control`
  return `/sys/fs/cgroup${below(/^0::(.*)$/m.exec(cgroups)?.[1] ?? '/')}/memory.events`
}

function below(group: string): string {
  return group === '/' ? '' : group
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
