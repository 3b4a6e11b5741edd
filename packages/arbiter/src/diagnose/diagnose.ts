import { setTimeout as sleep } from 'node:timers/promises'

import type { Diagnosis } from '../machine/index.ts'
import type { Diagnostician } from '../ports.ts'
import { captureStack } from './inspector.ts'
import { type ProcStat, readStat, readWaitChannel } from './proc-stat.ts'

/** Takes a fifth of a second on an idle machine; must stay below what the machine grants (5 s). */
const stackMs = 4_000
const looks = 3
const lookEveryMs = 20
/** A runnable process that got less than this share of a CPU is starved, not hung. */
const starvedShare = 0.03
const ticksPerSecond = 100

interface Watched {
  readonly stat: ProcStat
  readonly at: number
}

/** Diagnoses by /proc and, for a process that can run JavaScript, by the inspector. */
export function diagnostician(): Diagnostician {
  const watched = new Map<number, Watched>()
  return {
    watch(pid) {
      // Node loads its WebSocket at the first mention, which is better done now than when every moment counts.
      void globalThis.WebSocket
      const stat = readStat(pid)
      if (stat) watched.set(pid, { stat, at: performance.now() })
    },
    forget: (pid) => void watched.delete(pid),
    async diagnose(pid) {
      const verdict = await classify(pid, watched.get(pid))
      if (verdict === 'starved' || verdict === 'stopped') return { verdict }
      const waitsIn = verdict === 'blocked' ? readWaitChannel(pid) : undefined
      return { verdict, ...(waitsIn === undefined ? {} : { waitsIn }), ...(await stackOf(pid)) }
    },
  }
}

async function stackOf(pid: number): Promise<Pick<Diagnosis, 'stack' | 'stackMissing'>> {
  if (process.platform !== 'linux')
    return { stackMissing: 'the inspector is found by /proc, which only Linux has' }
  try {
    return { stack: await captureStack(pid, AbortSignal.timeout(stackMs)) }
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

async function classify(pid: number, watched: Watched | undefined): Promise<Diagnosis['verdict']> {
  const from = watched ?? look(pid)
  if (from === undefined) return 'unknown'
  const states = new Set<string>()
  for (let count = 0; count < looks; count += 1) {
    states.add(readStat(pid)?.state ?? '?')
    await sleep(lookEveryMs)
  }
  const to = look(pid)
  if (to === undefined) return 'unknown'
  if (states.has('T') || states.has('t')) return 'stopped'
  const share =
    (to.stat.cpuTicks - from.stat.cpuTicks) / ticksPerSecond / ((to.at - from.at) / 1_000)
  if (states.has('R')) return share < starvedShare ? 'starved' : 'spinning'
  return 'blocked'
}

function look(pid: number): Watched | undefined {
  const stat = readStat(pid)
  return stat && { stat, at: performance.now() }
}
