import { readFileSync } from 'node:fs'

/**
 * Tells whether the kernel's out-of-memory killer has struck in this cgroup since the last call, by the `oom_kill` counter
 * of `memory.events` (cgroup v2).
 */
export function outOfMemoryWatch(): () => boolean {
  const path = eventsPath()
  let seen = countKills(path)
  return () => {
    const before = seen
    seen = countKills(path)
    return seen > before
  }
}

function eventsPath(): string {
  const group = /^0::(.*)$/m.exec(read('/proc/self/cgroup'))?.[1] ?? '/'
  return `/sys/fs/cgroup${group === '/' ? '' : group}/memory.events`
}

function countKills(path: string): number {
  return Number(/^oom_kill (\d+)$/m.exec(read(path))?.[1] ?? 0)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
