import { readFileSync } from 'node:fs'

/** What `/proc/PID/stat` says about a process (proc_pid_stat(5)). */
export interface ProcStat {
  /** R runnable, S sleeping, D in an uninterruptible wait, T stopped, t traced, Z zombie. */
  readonly state: string
  /** CPU time used, user and system, in clock ticks (of 10 ms). */
  readonly cpuTicks: number
  /** Pages that had to be read from a disk, out of swap above all. */
  readonly majorFaults: number
  /** When it started, in clock ticks after boot: tells it from a later process with the same pid. */
  readonly startTime: string
}

/** Undefined where there is no such process, or no /proc. */
export function readStat(pid: number): ProcStat | undefined {
  return parseStat(read(`/proc/${pid}/stat`) ?? '')
}

/** Undefined for a text that is not whole. */
export function parseStat(text: string): ProcStat | undefined {
  // The second field, the command name, may contain spaces, line breaks and parentheses.
  const [state = '', ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [majorFaults, userTicks, systemTicks] = [rest[8], rest[10], rest[11]].map(Number)
  const startTime = rest[18] ?? ''
  const cpuTicks = Number(userTicks) + Number(systemTicks)
  const isWhole = /^[A-Za-z]$/.test(state) && !Number.isNaN(cpuTicks) && /^\d+$/.test(startTime)
  return isWhole ? { state, cpuTicks, majorFaults: majorFaults ?? 0, startTime } : undefined
}

export function startTimeOf(pid: number): string | undefined {
  return readStat(pid)?.startTime
}

/** For how long a process has been there, in milliseconds. */
export function ageMsOf({ startTime }: ProcStat): number {
  const uptimeSeconds = Number(read('/proc/uptime')?.split(' ')[0] ?? 0)
  return Math.max(0, uptimeSeconds * 1_000 - Number(startTime) * 10)
}

/** The kernel function it sleeps in; undefined if it does not sleep or may not be asked. */
export function readWaitChannel(pid: number): string | undefined {
  const channel = read(`/proc/${pid}/wchan`)
  return channel === undefined || channel === '' || channel === '0' ? undefined : channel
}

/** How much of its memory lies in swap. */
export function readSwapped(pid: number): number {
  return Number(/^VmSwap:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1] ?? 0) * 1_024
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
