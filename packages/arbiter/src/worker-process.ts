import { type ChildProcess, spawn } from 'node:child_process'

import {
  type CapturedOutput,
  captureOutput,
  type OutputPace,
  quarterOfTheTime,
} from './captured-output.ts'
import { ownOutput } from './own-output.ts'
import type { SpawnOrder, SpawnWorker, WorkerProcess } from './ports.ts'
import { startProgram } from './program/start-program.ts'
import { readWorkerMessage } from './worker-message.ts'

/** The kernel may report the end before the last messages have been read; they are waited for no longer than this. */
const lastWordsMs = 500
/** What an ended process has printed is in the pipe already. */
const lastLinesMs = 50

/** No address of an inspector on stderr; no secrets in a report of a fatal error. */
const nodeFlags = ['--inspect-publish-uid=http', '--report-exclude-env']

/** Starts workers as child processes of this one: `node WORKER-MAIN`, with an IPC channel, or a program. */
export function childProcesses({ main }: { readonly main: string }): SpawnWorker {
  const pace = quarterOfTheTime()
  return (order) => {
    try {
      if (order.place) return startProgram(order, order.place)
      const child = start(main, order)
      listen(child, order, capture(child, { order, pace }))
      return handleOf(child)
    } catch (error) {
      return stillborn(order, error)
    }
  }
}

function start(main: string, { directory, env, onOutput }: SpawnOrder): ChildProcess {
  using stdout = onOutput ? pipe : ownOutput(1)
  using stderr = onOutput ? pipe : ownOutput(2)
  return spawn(process.execPath, [...process.execArgv, ...nodeFlags, main], {
    cwd: directory,
    env: { ...process.env, ...env },
    stdio: ['ignore', stdout.stdio, stderr.stdio, 'ipc'],
  })
}

const pipe = { stdio: 'pipe', [Symbol.dispose]() {} } as const

function capture(
  child: ChildProcess,
  { order, pace }: { readonly order: SpawnOrder; readonly pace: OutputPace },
): CapturedOutput | undefined {
  // Undefined, whatever its type says, if the process could not be started.
  const { stdout, stderr }: Partial<ChildProcess> = child
  if (!stdout || !stderr) return undefined
  return captureOutput({ stdout, stderr }, { pace, onLine: (line) => order.onOutput?.(line) })
}

/** Of some errors (ENOENT, EAGAIN, EMFILE) `spawn` tells by an event, of others (ENOMEM, ENOTDIR, E2BIG) by throwing. */
function stillborn({ onExit }: SpawnOrder, error: unknown): WorkerProcess {
  const spawnError = error instanceof Error ? error.message : String(error)
  process.nextTick(onExit, { code: null, signal: null, spawnError })
  return { pid: undefined, send() {}, signal() {} }
}

function handleOf(child: ChildProcess): WorkerProcess {
  return {
    pid: child.pid,
    send(message, handle) {
      // A worker that is just dying takes no more mail; its exit says so.
      if (child.connected) child.send(message, handle as never, () => {})
    },
    signal: (signal) => void child.kill(signal),
  }
}

function listen(child: ChildProcess, order: SpawnOrder, output: CapturedOutput | undefined): void {
  let exit: { code: number | null; signal: string | null } | undefined
  let ended = false
  let complained = false

  /** Once for each process: an app that says it once may say it with every request. */
  function complain(): void {
    if (!complained) order.onMalformed()
    complained = true
  }

  /** What it printed last stands in the log before the news of its end. A program that it has started may hold the pipes open. */
  function endAfterOutput(): void {
    if (output === undefined) return end()
    output.drain()
    output.onEnd(() => end())
    setTimeout(() => end(), lastLinesMs).unref()
  }

  function end(spawnError?: string): void {
    if (ended) return
    ended = true
    order.onExit({
      code: null,
      signal: null,
      ...exit,
      ...(spawnError === undefined ? {} : { spawnError }),
    })
  }

  child.on('message', (given) => {
    const message = readWorkerMessage(given)
    if (message === 'malformed') return complain()
    if (message !== undefined) order.onMessage(message)
  })
  child.on('error', (error) => {
    if (child.pid === undefined) end(error.message)
  })
  child.on('disconnect', () => exit && endAfterOutput())
  child.on('exit', (code, signal) => {
    exit = { code, signal }
    if (!child.connected) return endAfterOutput()
    setTimeout(() => end(), lastWordsMs).unref()
  })
}
