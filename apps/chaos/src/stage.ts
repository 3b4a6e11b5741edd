import {
  type ClientSpec,
  type Connection,
  type LoadOptions,
  type LoadRun,
  openConnection,
  startLoad,
} from '@nunicorn/torture'

import { clientA, post } from './clients.ts'
import {
  descriptorsOf,
  type Identity,
  identify,
  isAlive,
  proportionalKilobytes,
} from './processes.ts'
import type { Project } from './project.ts'
import type { Server, StartPlan, System } from './system.ts'
import { until } from './until.ts'

/** Where a scenario plays: a system that serves, and what can be done to it. All that it starts ends with it. */
export interface Stage extends AsyncDisposable {
  readonly system: System
  readonly server: Server
  readonly project: Project
  /** How many workers are wanted. */
  readonly workers: number
  /** How many requests this repeat is to have, where it is about loss. */
  readonly volume: number
  /** The short form: what takes a minute takes a few seconds. */
  readonly short: boolean
  /** From the start of the system until it answered. */
  readonly bootMs: number
  load(clients?: readonly ClientSpec[], options?: Partial<LoadOptions>): LoadRun
  /** Asks once, on a connection of its own that is closed then. */
  ask(path: string, options?: { readonly timeoutMs?: number }): Promise<string>
  /** A connection that is held until the end, on which a request has been sent. */
  hold(path: string, head?: readonly string[]): Promise<Connection>
  /** Starts another server in this folder, ended with the stage. */
  startAnother(args: readonly string[], more?: Partial<StartPlan>): Promise<Server>
  /** Resolves with how long it took until all workers answered, none of them among `gone`. */
  recovery(options?: {
    readonly gone?: readonly number[]
    readonly withinMs?: number
    /** Of another server than the stage's own. */
    readonly of?: Server
  }): Promise<number | undefined>
  /** The lines that came since the repeat began; undefined when the system has no log to read. */
  logSinceStart(): readonly string[] | undefined
  /** A thing to be disposed of with the stage. */
  use<Thing extends AsyncDisposable>(thing: Thing): Thing
}

export interface StageOptions {
  readonly system: System
  readonly server: Server
  readonly project: Project
  readonly workers: number
  readonly volume: number
  readonly short: boolean
  readonly bootMs: number
  readonly startAnother: (args: readonly string[], more?: Partial<StartPlan>) => Promise<Server>
}

export function createStage(options: StageOptions): Stage {
  const { server, system, workers } = options
  const held = new AsyncDisposableStack()
  const from = server.log.lines.length
  const stage: Stage = {
    ...options,
    load: (clients = [clientA], more = {}) =>
      held.use(
        startLoad({
          target: server.target,
          clients,
          request: post,
          keepFailures: 200_000,
          ...more,
        }),
      ),
    async ask(path, { timeoutMs = 4_000 } = {}) {
      const connection = await stage.hold(path)
      try {
        const { body } = await connection.readAnswer({ timeoutMs })
        return String(body)
      } finally {
        await connection.close()
      }
    },
    async hold(path, head = []) {
      const connection = held.use(await openConnection(server.target))
      await connection.send([`GET ${path} HTTP/1.1`, 'Host: chaos', ...head, '', ''].join('\r\n'))
      return connection
    },
    startAnother: async (args, more) => held.use(await options.startAnother(args, more)),
    recovery: ({ gone = [], withinMs = 10_000, of = server } = {}) =>
      recovery(of, { workers, gone, withinMs }),
    logSinceStart: () =>
      system.abilities.has('is-nunicorn') ? server.log.lines.slice(from) : undefined,
    use: (thing) => held.use(thing),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
  return stage
}

interface Wanted {
  readonly workers: number
  readonly gone: readonly number[]
  readonly withinMs: number
}

/** Asks until each of the wanted number of workers has answered, and no process is there beside them. */
async function recovery(
  server: Server,
  { workers, gone, withinMs }: Wanted,
): Promise<number | undefined> {
  const from = performance.now()
  const answered = new Set<number>()
  const complete = await until(
    async () => {
      const pid = await whoAnswers(server)
      if (pid !== undefined) answered.add(pid)
      const alive = server.workers()
      return (
        alive.length === workers &&
        alive.every((each) => answered.has(each) && !gone.includes(each))
      )
    },
    { withinMs, everyMs: 5 },
  )
  return complete ? performance.now() - from : undefined
}

export async function whoAnswers({ target }: Server): Promise<number | undefined> {
  try {
    await using connection = await openConnection(target, { timeoutMs: 500 })
    await connection.send('GET /ids HTTP/1.1\r\nHost: chaos\r\nConnection: close\r\n\r\n')
    const { headers } = await connection.readAnswer({ timeoutMs: 500 })
    return Number(headers.get('x-worker'))
  } catch {
    return undefined
  }
}

/** Resolves when so many more requests have been answered, or `withinMs` (20 s) have passed. */
export async function answered(load: LoadRun, more: number, withinMs = 20_000): Promise<boolean> {
  const goal = load.progress.ok + more
  return await until(() => load.progress.ok >= goal, { withinMs, everyMs: 5 })
}

/** What must not grow from the first repeat to the last. */
export interface Vitals {
  readonly descriptors: number
  readonly proportionalKilobytes: number
}

export function vitalsOf({ supervisor }: Server): Vitals | undefined {
  if (supervisor === undefined || identify(supervisor) === undefined) return undefined
  return {
    descriptors: descriptorsOf(supervisor),
    proportionalKilobytes: proportionalKilobytes(supervisor),
  }
}

export function identities(pids: readonly number[]): readonly Identity[] {
  return pids.flatMap((pid) => identify(pid) ?? [])
}

export function survivors(processes: readonly Identity[]): readonly number[] {
  return processes.filter(isAlive).map(({ pid }) => pid)
}
