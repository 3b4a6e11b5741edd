import { type ChildProcess, spawn } from 'node:child_process'

import { ownOutput } from './own-output.ts'
import type { SpawnOrder, SpawnWorker, WorkerProcess } from './ports.ts'
import { readWorkerMessage } from './worker-message.ts'

/** The kernel may report the end before the last messages have been read; they are waited for no longer than this. */
const lastWordsMs = 500

/** No address of an inspector on stderr; no secrets in a report of a fatal error. */
const nodeFlags = ['--inspect-publish-uid=http', '--report-exclude-env']

/** Starts workers as child processes of this one: `node WORKER-MAIN`, with an IPC channel. */
export function childProcesses({ main }: { readonly main: string }): SpawnWorker {
  return (order) => {
    try {
      const child = start(main, order)
      listen(child, order)
      return handleOf(child)
    } catch (error) {
      return stillborn(order, error)
    }
  }
}

function start(main: string, { directory, env }: SpawnOrder): ChildProcess {
  using stdout = ownOutput(1)
  using stderr = ownOutput(2)
  return spawn(process.execPath, [...process.execArgv, ...nodeFlags, main], {
    cwd: directory,
    env: { ...process.env, ...env },
    stdio: ['ignore', stdout.stdio, stderr.stdio, 'ipc'],
  })
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

function listen(child: ChildProcess, order: SpawnOrder): void {
  let exit: { code: number | null; signal: string | null } | undefined
  let ended = false
  let complained = false

  /** Once for each process: an app that says it once may say it with every request. */
  function complain(): void {
    if (!complained) order.onMalformed()
    complained = true
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
  child.on('disconnect', () => exit && end())
  child.on('exit', (code, signal) => {
    exit = { code, signal }
    if (!child.connected) return end()
    setTimeout(end, lastWordsMs).unref()
  })
}
