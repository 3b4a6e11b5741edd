import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

import { askOnce } from './ask.ts'
import type { Entrant } from './contender.ts'
import { freePort } from './free-port.ts'
import { descendants, startedAt } from './proc.ts'

/** An entrant that serves. Disposing of it ends all its processes. */
export interface Server extends AsyncDisposable {
  readonly port: number
  /** The process that was started. */
  readonly pid: number
  /** The processes that answer. */
  readonly workerPids: readonly number[]
  /** From just before the process was started until a request was answered. */
  readonly firstAnswerMs: number
}

const startPatienceMs = 20_000
const stopPatienceMs = 5_000
const pollMs = 1

/**
 * Starts an entrant and waits until each of its workers has answered.
 *
 * @throws Error with what it printed, if it ends or does not answer in time; nothing is left behind
 */
export async function startServer(entrant: Entrant, signal: AbortSignal): Promise<Server> {
  const port = await freePort()
  const [program, ...args] = entrant.contender.command({ port, workers: entrant.workers })
  const beganAt = performance.now()
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = keepOutput(child)
  const gone = AbortSignal.any([signal, exitOf(child), AbortSignal.timeout(startPatienceMs)])
  try {
    await firstAnswer(port, gone)
    const firstAnswerMs = performance.now() - beganAt
    const workerPids = await meetWorkers(port, { count: entrant.workers, signal: gone })
    const pid = child.pid!
    return { port, pid, workerPids, firstAnswerMs, [Symbol.asyncDispose]: () => end(child) }
  } catch (cause) {
    await end(child)
    signal.throwIfAborted()
    throw new Error(`${entrant.name} does not serve: ${output() || String(cause)}`, { cause })
  }
}

async function firstAnswer(port: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      return void (await askOnce(port))
    } catch {
      await sleep(pollMs, undefined, { signal })
    }
  }
}

async function meetWorkers(
  port: number,
  { count, signal }: { readonly count: number; readonly signal: AbortSignal },
): Promise<readonly number[]> {
  const pids = new Set<number>()
  while (pids.size < count) {
    signal.throwIfAborted()
    pids.add(await askOnce(port))
  }
  return [...pids]
}

/** TERM, and KILL for what has not gone in time, orphans included. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return
  const family = [child.pid, ...descendants(child.pid)].map((pid) => ({ pid, id: startedAt(pid) }))
  const alive = () => family.filter(({ pid, id }) => id !== undefined && startedAt(pid) === id)
  child.kill('SIGTERM')
  for (const giveUpAt = performance.now() + stopPatienceMs; performance.now() < giveUpAt;) {
    if (alive().length === 0) break
    await sleep(5)
  }
  for (const { pid } of alive()) kill(pid)
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has just gone by itself.
  }
}

function exitOf(child: ChildProcess): AbortSignal {
  const exited = new AbortController()
  child.on('error', (error) => exited.abort(error))
  child.on('exit', (code, signal) => exited.abort(new Error(`ended with ${code ?? signal}`)))
  return exited.signal
}

/** The last of what it prints; reading it also keeps its pipes from filling. */
function keepOutput(child: ChildProcess): () => string {
  let kept = ''
  const keep = (chunk: Buffer) => (kept = (kept + chunk.toString()).slice(-4_000))
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  return () => kept
}
