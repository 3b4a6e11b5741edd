import { readFileSync } from 'node:fs'

/**
 * Tells whether the kernel's out-of-memory killer has struck in this cgroup since the last call, by the `oom_kill` counter
 * of `memory.events` (cgroup v2) or `memory.oom_control` (v1).
 */
export function outOfMemoryWatch(readText: (path: string) => string = read): () => boolean {
  const paths = counterPaths(readText('/proc/self/cgroup'))
  const countKills = (): number =>
    paths.reduce((sum, path) => sum + Number(/^oom_kill (\d+)$/m.exec(readText(path))?.[1] ?? 0), 0)
  let seen = countKills()
  return () => {
    const before = seen
    seen = countKills()
    return seen > before
  }
}

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
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
