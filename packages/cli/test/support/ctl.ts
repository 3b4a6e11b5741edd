import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { createEventLog, type EventLog } from './event-log.ts'
import { type Nunicorn, startNunicorn } from './nunicorn.ts'
import type { Project } from './project.ts'

const command = fileURLToPath(new URL('../../bin/nunicornctl.js', import.meta.url))

export interface Ctl {
  readonly exitCode: number | null
  readonly out: string
  readonly words: string
  readonly tookMs: number
}

/** Where an instance of this project has its control socket, and the setting that says so. */
export function controlSocket(project: Project): readonly [string, string] {
  return ['--control-socket', project.path('x.ctl')]
}

/** Runs the built `nunicornctl` to its end, against the instance of a project unless told otherwise. */
export async function ctl(
  project: Project,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ctl> {
  const isTold = ['--socket', '--pid', '--name'].some((flag) => args.includes(flag))
  const elsewhere = isTold || env['XDG_RUNTIME_DIR'] !== undefined
  const own = elsewhere ? [] : ['--socket', project.path('x.ctl')]
  const startedAt = performance.now()
  const child = run(project, [...args, ...own], env)
  const [out, words, [exitCode]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'exit'),
  ])
  return {
    exitCode: exitCode as number | null,
    out: out.trimEnd(),
    words: words.trimEnd(),
    tookMs: performance.now() - startedAt,
  }
}

/** `nunicornctl events --follow`, and the lines that it prints. */
export function followEvents(
  project: Project,
  ...args: readonly string[]
): AsyncDisposable & { readonly log: EventLog; readonly exited: Promise<unknown> } {
  const child = run(project, ['events', '--follow', ...args, '--socket', project.path('x.ctl')])
  const log = createEventLog()
  const exited = once(child, 'exit')
  createInterface({ input: child.stdout! }).on('line', (line) => log.add(line))
  return {
    log,
    exited,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** An instance of this project with two workers and a control socket. */
export function startControlled(project: Project, ...args: readonly string[]): Nunicorn {
  return startNunicorn({
    directory: project.directory,
    args: ['app.mjs', '-w', '2', '-b', '127.0.0.1:0', ...controlSocket(project), ...args],
  })
}

/** The answer of a command that must not fail. */
export async function json<Answer>(project: Project, ...args: readonly string[]): Promise<Answer> {
  const { exitCode, out, words } = await ctl(project, [...args, '--json'])
  if (exitCode !== 0) throw new Error(`${args.join(' ')} ended with ${exitCode}: ${out} ${words}`)
  return JSON.parse(out) as Answer
}

/** Sends a request that nobody waits for. */
export async function ask(nunicorn: Nunicorn, path: string): Promise<void> {
  const { host, port } = await nunicorn.address()
  const abort = new AbortController()
  const answer = fetch(`http://${host}:${port}${path}`, { signal: abort.signal })
  await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 300))]).catch(() => {})
  abort.abort()
  await answer.catch(() => {})
}

function run(
  { directory }: Project,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  return spawn(process.execPath, [command, ...args], {
    cwd: directory,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** The TCP sockets that a process listens on, an inspector's among them. */
export function listeningSockets(pid: number): readonly string[] {
  const own = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${name}`))?.[1] ?? []
      } catch {
        return []
      }
    }),
  )
  return readFileSync(`/proc/${pid}/net/tcp`, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode = '']) => state === '0A' && own.has(inode))
    .map(([, local = '']) => local)
    .toSorted()
}
