import { readdirSync, readFileSync } from 'node:fs'

import { until } from './until.ts'

/** What Linux tells about processes: see proc(5). */

export function childrenOf(pid: number): readonly number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
}

export function descendantsOf(pid: number): readonly number[] {
  const children = childrenOf(pid)
  return [...children, ...children.flatMap(descendantsOf)]
}

/** A process for good: pids are given out again. */
export interface Identity {
  readonly pid: number
  readonly startedAt: string
}

/** Undefined, when it is gone. */
export function identify(pid: number): Identity | undefined {
  const { startedAt } = stat(pid)
  return startedAt === undefined ? undefined : { pid, startedAt }
}

/** Also while it ends: until its last thread has gone, it holds its sockets, though its first one is a zombie by then. */
export function isAlive({ pid, startedAt }: Identity): boolean {
  const now = stat(pid)
  const hasEnded = now.state === 'X' || (now.state === 'Z' && now.threads <= 1)
  return now.startedAt === startedAt && !hasEnded
}

export function zombiesOf(pid: number): readonly number[] {
  return descendantsOf(pid).filter((child) => stat(child).state === 'Z')
}

export function titleOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()
}

/** How many it has open; none, when it is gone. */
export function descriptorsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return 0
  }
}

/** Memory, what is shared divided by those who share it. */
export function proportionalKilobytes(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0)
}

export function send(signal: NodeJS.Signals, pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch (error) {
      // It has just gone by itself.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

/** KILL for all of them that are still there. */
export async function endAll(processes: readonly Identity[]): Promise<void> {
  for (const each of processes) if (isAlive(each)) send('SIGKILL', [each.pid])
  await until(() => !processes.some(isAlive), { withinMs: 5_000 })
}

interface Stat {
  readonly state?: string | undefined
  readonly threads: number
  readonly startedAt?: string | undefined
}

/** Without a state, when it is gone. */
function stat(pid: number): Stat {
  const text = read(`/proc/${pid}/stat`)
  if (text === '') return { threads: 0 }
  // The name before it may have anything in it. The first field after it is the third of proc(5).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0], threads: Number(fields[17]), startedAt: fields[19] }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
