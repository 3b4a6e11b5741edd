import { setTimeout as sleep } from 'node:timers/promises'

import type { Diagnosis } from '../machine/index.ts'
import type { CaptureStack, Diagnostician } from '../ports.ts'
import { type CpuCounters, cpuSupply, readCpuCounters } from './cpu-supply.ts'
import { debuggerOf, tracerOf } from './debugger.ts'
import { captureStack } from './inspector.ts'
import { look } from './look.ts'
import type { Paused } from './paused.ts'
import { ageMsOf, type ProcStat, readStat, readSwapped, readWaitChannel } from './proc-stat.ts'

/** Takes a fifth of a second on an idle machine; must stay below what the machine grants (5 s). */
const stackMs = 4_000
/** A call may end just now. */
const stuckMs = 300
const looks = 3
const lookEveryMs = 20
/**
 * A process that wants to run and has had less than this part of the silence as CPU time is starved, not hung. One that
 * spins on a starved machine has had that much some time later, and is then found out.
 */
const starvedShare = 0.1
const msPerTick = 10

/** A silent process, since it was first seen to be silent. */
interface Watched {
  readonly stat: ProcStat
  readonly cpu: CpuCounters
  /** How long it had been silent at its first diagnosis. */
  silenceMs?: number
}

/** Diagnoses by /proc and, for a process that can run JavaScript, by the inspector. */
export function diagnostician(): Diagnostician {
  const watched = new Map<number, Watched>()
  const inspected = new Map<number, Promise<Diagnosis>>()

  /** Two at the inspector of one process would take each other for somebody's debugger. */
  async function inTurn(pid: number, inspect: () => Promise<Diagnosis>): Promise<Diagnosis> {
    const before = inspected.get(pid)
    const now = (async () => {
      await before
      return await inspect()
    })()
    inspected.set(pid, now)
    try {
      return await now
    } finally {
      if (inspected.get(pid) === now) inspected.delete(pid)
    }
  }

  async function diagnose(pid: number, ownCapture?: CaptureStack): Promise<Diagnosis> {
    const signal = AbortSignal.timeout(stackMs)
    const found = await classify(pid, watched.get(pid))
    if (found.verdict === 'starved' || found.verdict === 'stopped') return found
    const debugger_ = ownCapture ? tracerOf(pid) : await debuggerOf(pid, signal)
    if (debugger_ !== undefined) return { verdict: 'debugged', debugger: debugger_ }
    const capture = ownCapture ?? inspectorOf(pid)
    return { ...found, ...(await stackOf(capture, isStuck(found) ? briefly(signal) : signal)) }
  }

  return {
    watch(pid) {
      const stat = readStat(pid)
      if (stat) watched.set(pid, { stat, cpu: readCpuCounters(pid) })
    },
    forget: (pid) => void watched.delete(pid),
    diagnose: (pid, ownCapture) => inTurn(pid, () => diagnose(pid, ownCapture)),
    look: (pid, ownCapture) => inTurn(pid, () => look(pid, ownCapture)),
  }
}

/** Whether its main thread sits in a system call other than that of an event loop: it cannot be paused before that ends. */
function isStuck({ verdict, waitsIn }: Diagnosis): boolean {
  return verdict === 'blocked' && waitsIn !== undefined && !/poll/.test(waitsIn)
}

function briefly(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(stuckMs)])
}

function inspectorOf(pid: number): (limit: AbortSignal) => Promise<Paused> {
  return async (limit) => {
    if (process.platform !== 'linux')
      throw new Error('the inspector is found by /proc, which only Linux has')
    return await captureStack(pid, limit)
  }
}

async function stackOf(
  capture: (limit: AbortSignal) => Promise<Paused | undefined>,
  signal: AbortSignal,
): Promise<Pick<Diagnosis, 'stack' | 'stackMissing' | 'requests'>> {
  try {
    return (await capture(signal)) ?? {}
  } catch (error) {
    const aborted =
      error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')
    return {
      stackMissing: aborted
        ? 'its inspector did not answer'
        : error instanceof Error
          ? error.message
          : String(error),
    }
  }
}

async function classify(pid: number, watched: Watched | undefined): Promise<Diagnosis> {
  const states = new Set<string>()
  for (let count = 0; count < looks; count += 1) {
    states.add(readStat(pid)?.state ?? '?')
    await sleep(lookEveryMs)
  }
  const stat = readStat(pid)
  if (stat === undefined) return { verdict: 'unknown' }
  if (states.has('T')) return { verdict: 'stopped' }
  if (states.has('R')) {
    if (!isStarved(stat, watched)) return { verdict: 'spinning' }
    return watched === undefined
      ? { verdict: 'starved' }
      : { verdict: 'starved', cpu: cpuSupply(watched.cpu, readCpuCounters(pid)) }
  }
  const waitsIn = readWaitChannel(pid)
  return {
    verdict: 'blocked',
    ...(waitsIn === undefined ? {} : { waitsIn }),
    ...(states.has('D') ? { uninterruptible: true } : {}),
    ...swapping(pid, { stat, watched }),
  }
}

/** One that boots has not been watched: then all its life counts. */
function isStarved(stat: ProcStat, watched: Watched | undefined): boolean {
  const ticks = stat.cpuTicks - (watched?.stat.cpuTicks ?? 0)
  if (watched === undefined) return ticks * msPerTick < ageMsOf(stat) * starvedShare
  watched.silenceMs ??= performance.now() - watched.cpu.atMs
  return ticks * msPerTick < watched.silenceMs * starvedShare
}

/** Reading back what had been swapped out is work, of which the process itself does nothing. */
function swapping(
  pid: number,
  { stat, watched }: { readonly stat: ProcStat; readonly watched: Watched | undefined },
): Pick<Diagnosis, 'swap'> {
  const swappedBytes = readSwapped(pid)
  if (swappedBytes === 0) return {}
  const majorFaults = stat.majorFaults - (watched?.stat.majorFaults ?? stat.majorFaults)
  return { swap: { bytes: swappedBytes, majorFaults } }
}
