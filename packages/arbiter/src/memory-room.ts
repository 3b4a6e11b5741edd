import { readFileSync } from 'node:fs'

import { NunicornError } from '@nunicorn/contract'

import { memoryCgroup } from './memory-cgroup.ts'

/** Whether a worker more fits into the memory that this instance may use. */
export interface MemoryRoom {
  /** Notes what a worker that has just become ready has needed for that. */
  ready(pid: number): void
  forget(pid: number): void
  /** @throws NunicornError `no-memory` if the kernel would have to kill somebody for one worker more */
  check(): void
}

/**
 * Looks at the limit of this process' cgroup. Where it is in doubt there is room: what is cached of files can be taken away, what
 * is in memory may be swapped, and a limit further up is not looked at. So whoever is refused would have had a worker killed that
 * serves, for the kernel takes the largest.
 */
export function memoryRoom(read: (path: string) => string = readText): MemoryRoom {
  const needed = new Map<number, number>()
  return {
    ready(pid) {
      // Not shared and not of a file: what each worker has of its own.
      const bytes = kilobytes(read(`/proc/${pid}/status`), 'RssAnon')
      if (bytes !== undefined) needed.set(pid, bytes)
    },
    forget: (pid) => void needed.delete(pid),
    check() {
      const left = bytesLeft(read)
      const need = Math.min(...needed.values())
      if (left === undefined || left >= need || needed.size === 0) return
      throw new NunicornError({
        code: 'no-memory',
        message: `There is no room for one worker more: the memory limit leaves ${megabytes(left)}, and a worker takes ${megabytes(need)} to start.`,
        hint: 'Raise the limit; or, where there are several, take one worker away (TTOU), reload, and add it again (TTIN).',
      })
    },
  }
}

/** Undefined without a limit. */
function bytesLeft(read: (path: string) => string): number | undefined {
  const { version, folder } = memoryCgroup(read('/proc/self/cgroup'))
  const number = (file: string): number => Number.parseInt(read(`${folder}/${file}`), 10)
  const free =
    version === 1
      ? number('memory.limit_in_bytes') - number('memory.usage_in_bytes')
      : number('memory.max') - number('memory.current')
  if (Number.isNaN(free)) return undefined
  // Version 1 limits both together, if at all.
  const allowedSwap = number('memory.swap.max') - number('memory.swap.current')
  const freeSwap = kilobytes(read('/proc/meminfo'), 'SwapFree') ?? 0
  const swap = Number.isNaN(allowedSwap) ? freeSwap : Math.min(freeSwap, allowedSwap)
  return free + swap + cachedBytes(read(`${folder}/memory.stat`), version === 1 ? 'total_' : '')
}

/** What the kernel takes away before it kills anybody. */
function cachedBytes(stat: string, prefix: string): number {
  return [`${prefix}inactive_file`, `${prefix}active_file`, 'slab_reclaimable']
    .map((key) => Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(stat)?.[1] ?? 0))
    .reduce((sum, bytes) => sum + bytes, 0)
}

/** Of a line such as `RssAnon:     46712 kB`, in bytes. */
function kilobytes(text: string, key: string): number | undefined {
  const value = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]
  return value === undefined ? undefined : Number(value) * 1_024
}

function megabytes(bytes: number): string {
  return `${Math.max(0, Math.round(bytes / 2 ** 20))} MB`
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
