import { openSync, readdirSync, readSync, statSync } from 'node:fs'

/** The file descriptors of this process; each look costs some microseconds. */
export interface Descriptors {
  /** The soft limit of now: `prlimit` changes it from outside. Infinity where the system does not tell. */
  limit(): number
  /** How many are open. 0 where the system does not tell. */
  used(): number
}

/** As /proc tells, where there is one. */
export function ownDescriptors(): Descriptors {
  const text = Buffer.alloc(4_096)
  // Kept open: when it matters most there may be no descriptor left to open it with. Each read at 0 is the state of now.
  const limits = openLimits()
  return {
    limit() {
      const length = limits === undefined ? 0 : readSync(limits, text, 0, text.length, 0)
      const found = /^Max open files +(\d+)/m.exec(text.toString('latin1', 0, length))
      return Number(found?.[1] ?? Infinity)
    },
    used() {
      try {
        // Linux 6.2 and later tell the number as the size, which needs no descriptor and takes no longer with many.
        return statSync('/proc/self/fd').size || readdirSync('/proc/self/fd').length
      } catch (error) {
        // None was left to open the folder with.
        return (error as NodeJS.ErrnoException).code === 'EMFILE' ? Infinity : 0
      }
    },
  }
}

function openLimits(): number | undefined {
  try {
    return openSync('/proc/self/limits', 'r')
  } catch {
    return undefined
  }
}
