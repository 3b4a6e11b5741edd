import { readFileSync } from 'node:fs'

/**
 * Tells whether the kernel's out-of-memory killer has struck in this cgroup since the last call, by the `oom_kill` counter
 * of `memory.events` (cgroup v2).
 */
export function outOfMemoryWatch(
  read: (path: string) => string | undefined = readText,
): () => boolean {
  const path = eventsPath(read('/proc/self/cgroup') ?? '')
  let seen = countKills(read(path)) ?? 0
  return () => {
    const before = seen
    // What cannot be read just now (no descriptor is free) must not make the kills of the past count again.
    seen = countKills(read(path)) ?? before
    return seen > before
  }
}

function eventsPath(cgroup: string): string {
  const group = /^0::(.*)$/m.exec(cgroup)?.[1] ?? '/'
  return `/sys/fs/cgroup${group === '/' ? '' : group}/memory.events`
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
