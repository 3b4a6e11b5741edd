import { spawn } from 'node:child_process'

import type { HeldConnections } from '../held-connections.ts'
import { killWithOracle } from '../kill-with-oracle.ts'
import { pause } from '../pause.ts'
import type { Action } from './plan.ts'

/** Something that was done to the server. Times are ms since the start of the run. */
export interface Deed {
  /** From 1 on. */
  readonly number: number
  readonly type: Action['type']
  readonly command: string
  readonly atMs: number
  /** Undefined while it is going on. */
  endedMs: number | undefined
  /** Why it did not do what it should: its exit code, and what it said. */
  problem: string | undefined
  /** Which connections died with the process that was killed. */
  held: HeldConnections | undefined
}

export interface Doing {
  readonly actions: readonly Action[]
  readonly everyMs: number
  /** Nothing new is begun then. */
  readonly untilMs: number
  /** Aborted when nothing more is to be done. */
  readonly signal: AbortSignal
  readonly nowMs: () => number
  readonly deeds: Deed[]
}

/** How long what is still going on at the end may take. */
const PATIENCE_MS = 5000
const MOST_OUTPUT = 2000

/** Does one thing after the other, at every multiple of `everyMs` (or when the one before has ended), until the signal. */
export async function doDeeds({
  actions,
  everyMs,
  untilMs,
  signal,
  nowMs,
  deeds,
}: Doing): Promise<void> {
  if (actions.length === 0) return
  for (let dueMs = everyMs; dueMs <= untilMs && !signal.aborted; dueMs += everyMs) {
    await pause(dueMs - nowMs(), signal)
    if (signal.aborted) return
    const action = actions[deeds.length % actions.length]!
    const number = deeds.length + 1
    const unknown = { endedMs: undefined, problem: undefined, held: undefined }
    const deed: Deed = { number, ...action, atMs: nowMs(), ...unknown }
    deeds.push(deed)
    await perform(deed, signal)
    deed.endedMs = nowMs()
    while (dueMs + everyMs < deed.endedMs) dueMs += everyMs
  }
}

async function perform(deed: Deed, signal: AbortSignal): Promise<void> {
  const isPid = deed.type === 'kill' && /^\s*\d+\s*$/.test(deed.command)
  const { problem, output } = isPid
    ? { problem: undefined, output: deed.command }
    : await shell(deed.command, signal)
  deed.problem = problem
  if (deed.type === 'kill' && problem === undefined) await kill(deed, output.trim())
}

async function kill(deed: Deed, text: string): Promise<void> {
  const pid = /^\d{1,10}$/.test(text) ? Number(text) : 0
  if (pid <= 1) {
    deed.problem = `the command has to print one pid, and printed ${JSON.stringify(text.slice(0, 80))}`
    return
  }
  try {
    deed.held = await killWithOracle(pid)
  } catch (error) {
    deed.problem = (error as Error).message
  }
}

interface Done {
  readonly problem: string | undefined
  readonly output: string
}

/** In a process group of its own: Ctrl-C in the terminal is for this command, not for what it does. */
function shell(command: string, signal: AbortSignal): Promise<Done> {
  return new Promise((resolve) => {
    const child = spawn('sh', ['-c', command], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    let errors = ''
    child.stdout.on('data', (bytes: Buffer) => (output = (output + bytes).slice(0, MOST_OUTPUT)))
    child.stderr.on('data', (bytes: Buffer) => (errors = (errors + bytes).slice(0, MOST_OUTPUT)))
    const patience = new AbortController()
    void endOf(signal, patience.signal).then(() => {
      if (!patience.signal.aborted) killGroup(child.pid)
    })
    const end = (problem: string | undefined): void => {
      patience.abort()
      // What a background process of the command keeps open is not waited for.
      setImmediate(() => {
        for (const stream of [child.stdout, child.stderr]) stream.destroy()
        resolve({ problem: problem && [problem, errors.trim()].filter(Boolean).join(': '), output })
      })
    }
    child.on('error', (error) => end(error.message))
    child.on('exit', (code, signalName) => end(problemOf(code, signalName)))
  })
}

/** Without a pid there is nothing to kill; kill(0) would be our own group. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has just ended by itself.
  }
}

function problemOf(code: number | null, signal: string | null): string | undefined {
  if (code === 0) return undefined
  return code === null ? `ended by ${signal}` : `exit code ${code}`
}

/** Some time after the run has ended, unless that is of no interest any more. */
async function endOf(run: AbortSignal, patience: AbortSignal): Promise<void> {
  await pause(2 ** 31 - 1, AbortSignal.any([run, patience]))
  await pause(PATIENCE_MS, patience)
}
