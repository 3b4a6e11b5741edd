/** Where the kernel tells of the memory of a control group: see cgroups(7). */
export interface MemoryCgroup {
  readonly version: 1 | 2
  readonly folder: string
}

/** That of a process, by its `/proc/PID/cgroup`. A controller that version 1 has is not there in version 2. */
export function memoryCgroup(groups: string): MemoryCgroup {
  const [, old] = /^\d+:(?:[^:\n]*,)?memory(?:,[^:\n]*)?:(.*)$/m.exec(groups) ?? []
  if (old !== undefined) return { version: 1, folder: `/sys/fs/cgroup/memory${below(old)}` }
  const [, group = '/'] = /^0::(.*)$/m.exec(groups) ?? []
  return { version: 2, folder: `/sys/fs/cgroup${below(group)}` }
}

function below(group: string): string {
  return group === '/' ? '' : group
}
