import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

import { createEventLog, type EventLog } from './event-log.ts'

const command = fileURLToPath(new URL('../../bin/nunicorn.js', import.meta.url))

export interface StartOptions {
  readonly directory: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** A command that becomes the one given after it: `setpriv ...`, `prlimit ...`. */
  readonly wrapper?: readonly string[]
  /** Where stdout goes: to the test, unless a descriptor is given. */
  readonly stdout?: 'pipe' | number
  /** Where stderr goes: to the log of the test, unless a descriptor is given. */
  readonly stderr?: 'pipe' | number
}

/** A nunicorn that was really started, and whatever it printed. Ended, with all its workers, when disposed of. */
export interface Nunicorn extends AsyncDisposable {
  readonly pid: number
  readonly process: ChildProcess
  /** The lines of stderr. */
  readonly log: EventLog
  /** Resolves when the first worker accepts; where that is. */
  address(): Promise<{ readonly host: string; readonly port: number }>
  /** Resolves when so many workers have said that they are ready since the start. */
  ready(count: number): Promise<void>
  signal(signal: NodeJS.Signals): void
  /** The pids of its workers as the kernel sees them now. */
  workers(): readonly number[]
  /** Resolves with the exit code once it has ended. */
  readonly exited: Promise<number | NodeJS.Signals>
  /** Resolves once its last line has been read, too. */
  readonly closed: Promise<void>
}

/** Starts the built command, as a user does. */
export function startNunicorn({
  directory,
  args,
  env,
  wrapper = [],
  stdout = 'pipe',
  stderr = 'pipe',
}: StartOptions): Nunicorn {
  const stdio: StdioOptions = ['ignore', stdout, stderr]
  const [file = '', ...rest] = [...wrapper, process.execPath, command, ...args]
  const child = spawn(file, rest, {
    cwd: directory,
    // pnpm starts vitest with a NODE_PATH in which every worker class is.
    env: {
      ...process.env,
      NODE_PATH: '',
      PWD: directory,
      NUNICORN_LOG_FORMAT: 'pretty',
      ...env,
    },
    stdio,
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`cannot start ${command}`)
  const log = createEventLog()
  const input = child.stderr ?? Readable.from([])
  const lines = createInterface({ input }).on('line', (line) => log.add(line))
  const closed = once(lines, 'close').then(() => {})
  const exited = once(child, 'exit').then(
    ([code, signal]) => (code ?? signal) as number | NodeJS.Signals,
  )

  return {
    pid,
    process: child,
    log,
    async address() {
      const [, host = '', port = ''] = await log.waitFor(/Listening at: http:\/\/(.+):(\d+) /)
      return { host, port: Number(port) }
    },
    async ready(count) {
      await log.waitFor(/Worker \d+ \(pid \d+\) is ready/, { count })
    },
    signal: (signal) => void child.kill(signal),
    workers: () => childrenOf(pid),
    exited,
    closed,
    async [Symbol.asyncDispose]() {
      const pids = [
        ...new Set([
          ...log.lines.flatMap((line) => /\(pid (\d+)\)/.exec(line)?.[1] ?? []).map(Number),
          ...childrenOf(pid),
        ]),
      ]
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await exited
      for (const worker of pids.filter(isWorker)) process.kill(worker, 'SIGKILL')
      for (const program of pids.filter(isProgram)) process.kill(-program, 'SIGKILL')
    },
  }
}

/** The direct children of a process (proc_pid_task_children: the kernel's own list). */
export function childrenOf(pid: number): readonly number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
}

/** Whether a process is there and is a worker of a nunicorn: pids are given out again. */
export function isWorker(pid: number): boolean {
  return /^nunicorn: (orphaned )?worker/.test(read(`/proc/${pid}/cmdline`))
}

/** Whether a process is there and is a program that a nunicorn runs as a worker. */
export function isProgram(pid: number): boolean {
  return read(`/proc/${pid}/environ`).includes('\0NUNICORN_NOTIFY_FD=')
}

export function titleOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replace(/\0+$/, '')
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
