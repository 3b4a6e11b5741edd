import { readdirSync, readFileSync } from 'node:fs'

/** What Linux tells about a process: see proc(5). */

/** CPU time of all its threads, in milliseconds. */
export function cpuTimeMs(pid: number): number {
  const fields = statFields(pid)
  // utime and stime, in ticks of 10 ms: USER_HZ is 100 for every architecture that Node runs on.
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/**
 * The same to the nanosecond, which matters for who does next to nothing; without the threads that have ended. In
 * milliseconds. See Documentation/scheduler/sched-stats.rst of Linux.
 */
export function runTimeMs(pid: number): number {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]),
  )
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6
}

/** Memory that it occupies, what it shares with others counted in full; in bytes. */
export function residentBytes(pid: number): number {
  return field(`/proc/${pid}/status`, 'VmRSS')
}

/** Memory that it occupies, what is shared divided by the number of those that share it; in bytes. */
export function proportionalBytes(pid: number): number {
  return field(`/proc/${pid}/smaps_rollup`, 'Pss')
}

/** Its children, their children, and so on. Those of a process that is gone are nobody. */
export function descendants(pid: number): readonly number[] {
  const children = childrenOf(pid)
  return [...children, ...children.flatMap(descendants)]
}

/** When it was started, in ticks since the boot: with the pid it names a process for good. Undefined once it is gone. */
export function startedAt(pid: number): string | undefined {
  try {
    const fields = statFields(pid)
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

/** The fields of /proc/PID/stat from the third, `state`, on: the second may itself contain blanks. */
function statFields(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function childrenOf(pid: number): readonly number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1')
    return children.split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

function field(file: string, name: string): number {
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(file, 'latin1'))
  if (!kilobytes) throw new Error(`${file} has no field ${name}`)
  return Number(kilobytes[1]) * 1024
}
