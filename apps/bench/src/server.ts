import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { askOnce } from './ask.ts'
import type { Entrant, Running } from './contender.ts'
import { freePort } from './free-port.ts'
import { descendants, startedAt } from './proc.ts'

/** An entrant that serves. Disposing of it ends all its processes. */
export interface Server extends Running, AsyncDisposable {
  readonly port: number
  /** The process that was started. */
  readonly pid: number
  /** Who answered at the start: see {@link askOnce}. */
  readonly workers: readonly string[]
  /** The processes that do. */
  readonly workerPids: readonly number[]
  /** From just before the process was started until a request was answered. */
  readonly firstAnswerMs: number
}

const startPatienceMs = 20_000
const startPatienceForWorkerMs = 1_000
const stopPatienceMs = 5_000
const pollMs = 1

/**
 * Starts an entrant and waits until each of its workers has answered.
 *
 * @throws Error with what it printed, if it ends or does not answer in time; nothing is left behind
 */
export async function startServer(entrant: Entrant, signal: AbortSignal): Promise<Server> {
  await using stack = new AsyncDisposableStack()
  const port = await freePort()
  const folder = stack.adopt(await mkdtemp(join(tmpdir(), 'nunicorn-bench-')), remove)
  const launch = await entrant.contender.launch({ port, workers: entrant.workers, folder })
  const [program, ...args] = launch.command
  const beganAt = performance.now()
  const child = stack.adopt(
    spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...launch.environment },
      cwd: launch.cwd,
    }),
    end,
  )
  const output = keepOutput(child)
  const patience = AbortSignal.timeout(startPatienceMs + entrant.workers * startPatienceForWorkerMs)
  const gone = AbortSignal.any([signal, exitOf(child), patience])
  try {
    await firstAnswer(port, gone)
    const firstAnswerMs = performance.now() - beganAt
    const workers = await meetWorkers(port, { count: entrant.workers, signal: gone })
    const facts = { port, pid: child.pid!, folder, workers, workerPids: pidsOf(workers) }
    const held = stack.move()
    return { ...facts, firstAnswerMs, [Symbol.asyncDispose]: () => held.disposeAsync() }
  } catch (cause) {
    signal.throwIfAborted()
    throw new Error(`${entrant.name} does not serve: ${output() || String(cause)}`, { cause })
  }
}

/** Asks until so many different workers have answered, of those that `isWanted`. What fails meanwhile is asked again. */
export async function meetWorkers(
  port: number,
  {
    count,
    signal,
    isWanted = () => true,
  }: {
    readonly count: number
    readonly signal: AbortSignal
    readonly isWanted?: (worker: string) => boolean
  },
): Promise<readonly string[]> {
  const met = new Set<string>()
  while (met.size < count) {
    signal.throwIfAborted()
    const worker = await askOnce(port).catch(() => undefined)
    if (worker === undefined) await sleep(pollMs, undefined, { signal })
    else if (isWanted(worker)) met.add(worker)
  }
  return [...met]
}

function pidsOf(workers: readonly string[]): readonly number[] {
  return [...new Set(workers.map((worker) => Number.parseInt(worker, 10)))]
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

async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
}
