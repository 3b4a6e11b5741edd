import { readFileSync } from 'node:fs'

/**
 * Tells whether the kernel's out-of-memory killer has struck in this cgroup since the last call, by the `oom_kill` counter
 * of `memory.events` (cgroup v2) or `memory.oom_control` (v1).
 */
<<<<<<< HEAD
export function outOfMemoryWatch(readText: (path: string) => string = read): () => boolean {
  const paths = counterPaths(readText('/proc/self/cgroup'))
  const countKills = (): number =>
    paths.reduce((sum, path) => sum + Number(/^oom_kill (\d+)$/m.exec(readText(path))?.[1] ?? 0), 0)
  let seen = countKills()
  return () => {
    const before = seen
    seen = countKills()
=======
export function outOfMemoryWatch(
  read: (path: string) => string | undefined = readText,
): () => boolean {
  const path = eventsPath(read('/proc/self/cgroup') ?? '')
  let seen = countKills(read(path)) ?? 0
  return () => {
    const before = seen
    // What cannot be read just now (no descriptor is free) must not make the kills of the past count again.
    seen = countKills(read(path)) ?? before
>>>>>>> main
    return seen > before
  }
}

<<<<<<< HEAD
function counterPaths(groups: string): readonly string[] {
  const [, unified] = /^0::(.*)$/m.exec(groups) ?? []
  const [, memory] = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(groups) ?? []
  return [
    ...(unified === undefined ? [] : [`/sys/fs/cgroup${below(unified)}/memory.events`]),
    ...(memory === undefined ? [] : [`/sys/fs/cgroup/memory${below(memory)}/memory.oom_control`]),
  ]
}

function below(path: string): string {
  return path === '/' ? '' : path
=======
function eventsPath(cgroup: string): string {
  const group = /^0::(.*)$/m.exec(cgroup)?.[1] ?? '/'
  return `/sys/fs/cgroup${group === '/' ? '' : group}/memory.events`
}

function countKills(events: string | undefined): number | undefined {
  const count = /^oom_kill (\d+)$/m.exec(events ?? '')?.[1]
  return count === undefined ? undefined : Number(count)
>>>>>>> main
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
