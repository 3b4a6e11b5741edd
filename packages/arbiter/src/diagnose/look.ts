import { setTimeout as sleep } from 'node:timers/promises'

import type { Diagnosis } from '../machine/index.ts'
import type { CaptureStack } from '../ports.ts'
import { debuggerOf, tracerOf } from './debugger.ts'
import { captureStack, closeInspector, findInspector } from './inspector.ts'
import { readStat, readWaitChannel } from './proc-stat.ts'

/** A call may end just now; but one that has not ended by then cannot be looked into. */
const lookMs = 3_000
const looks = 3
const lookEveryMs = 20

/**
 * What a process is doing at this moment. It goes on afterwards, and the inspector that it was made to open is closed
 * again, unless it is stuck in a system call, where it cannot hear that.
 */
export async function look(pid: number, ownCapture?: CaptureStack): Promise<Diagnosis> {
  if (process.platform !== 'linux')
    return { verdict: 'unknown', stackMissing: 'it is looked into by /proc, which only Linux has' }
  const state = await stateOf(pid)
  if (state === undefined) return { verdict: 'unknown', stackMissing: 'there is no such process' }
  if (state === 'T') return { verdict: 'stopped', stackMissing: 'it is stopped (SIGSTOP)' }
  const signal = AbortSignal.timeout(lookMs)
  const debugger_ = ownCapture ? tracerOf(pid) : await debuggerOf(pid, signal)
  if (debugger_ !== undefined) return { verdict: 'debugged', debugger: debugger_ }
  const waitsIn = state === 'R' ? undefined : readWaitChannel(pid)
  return {
    verdict: state === 'R' ? 'spinning' : 'blocked',
    ...(waitsIn === undefined ? {} : { waitsIn }),
    ...(ownCapture ? await ownStackOf(ownCapture, signal) : await stackOf(pid, signal)),
  }
}

/** One that spins waits for a moment now and then, such as for the thread of its own inspector. */
async function stateOf(pid: number): Promise<string | undefined> {
  for (let count = 1; ; count += 1) {
    const state = readStat(pid)?.state
    if (state === undefined || state === 'R' || state === 'T' || count === looks) return state
    await sleep(lookEveryMs)
  }
}

/** A program writes its stack itself, if it can. */
async function ownStackOf(
  capture: CaptureStack,
  signal: AbortSignal,
): Promise<Pick<Diagnosis, 'stack' | 'stackMissing'>> {
  try {
    return (await capture(signal)) ?? { stackMissing: 'this program does not tell its stack' }
  } catch {
    return { stackMissing: 'it did not tell its stack' }
  }
}

async function stackOf(
  pid: number,
  signal: AbortSignal,
): Promise<Pick<Diagnosis, 'stack' | 'stackMissing'>> {
  const before = await findInspector(pid, signal)
  try {
    const { stack } = await captureStack(pid, signal)
    return { stack }
  } catch {
    return { stackMissing: 'it does not run JavaScript' }
  } finally {
    const opened = before ?? (await findInspector(pid, AbortSignal.timeout(lookMs)))
    if (before === undefined && opened !== undefined) await closeInspector(opened.url)
  }
}
