import type { EventRecord, FleetStatus, Logger, WorkerStatus } from '@nunicorn/contract'

import type { Params, ParamsOf } from './param.ts'

/** What each method takes, by names. */
export interface MethodParameters {
  readonly status: NoParameters
  readonly workers: NoParameters
  readonly reload: { readonly wait?: boolean | undefined }
  readonly scale: { readonly to: number }
  readonly restart: { readonly worker: number }
  readonly kill: { readonly worker: number }
  readonly reopen: NoParameters
  readonly config: NoParameters
  readonly events: Recent
  readonly subscribe: Recent
  readonly unsubscribe: NoParameters
  readonly profile: { readonly worker: number; readonly seconds: number; readonly file: string }
  readonly heap: { readonly worker: number; readonly file: string }
  readonly stack: { readonly worker: number }
  readonly 'log-level': { readonly level: LogLevel }
}

type NoParameters = Readonly<Record<string, never>>

interface Recent {
  readonly last?: number | undefined
  readonly after?: number | undefined
}

export type MethodName = keyof MethodParameters

export type MethodParams<Name extends MethodName> = MethodParameters[Name]

/** What each method answers with. */
export interface MethodResults {
  readonly status: FleetStatus
  readonly workers: readonly WorkerStatus[]
  /** `accepted`: without `wait`. */
  readonly reload: { readonly generation: number; readonly state: 'accepted' | 'finished' }
  readonly scale: { readonly workers: number }
  readonly restart: Replacement
  readonly kill: Replacement
  readonly reopen: { readonly reopened: true }
  readonly config: Configuration
  readonly events: readonly EventRecord[]
  /** The last event that was there before. */
  readonly subscribe: { readonly sequence: number }
  readonly unsubscribe: Readonly<Record<string, never>>
  readonly profile: WrittenFile
  readonly heap: WrittenFile
  readonly stack: WorkerStack
  readonly 'log-level': { readonly level: LogLevel; readonly before: LogLevel }
}

export type LogLevel = keyof Logger

/** A worker, and who serves in its place now. */
export interface Replacement {
  readonly worker: number
  readonly pid: number
  /** Undefined for one that nobody had to replace. */
  readonly replacedBy?: number
}

/** By the name of the setting. */
export type Configuration = Readonly<
  Record<string, { readonly value: unknown; readonly origin: string }>
>

export interface WrittenFile {
  readonly worker: number
  readonly pid: number
  readonly file: string
  readonly bytes: number
  readonly tookMs: number
}

export interface WorkerStack {
  readonly worker: number
  readonly pid: number
  /** `idle`: its event loop answered at once, so there is no stack. `stopped`: by SIGSTOP. */
  readonly doing: 'idle' | 'spinning' | 'blocked' | 'stopped' | 'starved' | 'debugged' | 'unknown'
  /** Innermost frame first. */
  readonly stack: readonly {
    readonly functionName: string
    readonly url: string
    readonly line: number
    readonly column: number
  }[]
  /** Why there is none, or the kernel function that it waits in. */
  readonly note?: string
}

const worker = {
  type: 'integer',
  minimum: 1,
  maximum: 2 ** 31 - 1,
  positional: true,
  help: 'The number of the worker, or its pid.',
} as const

const file = {
  type: 'path',
  help: 'The file to write, which must not exist. The worker writes it, as its own user.',
} as const

const recent = {
  last: {
    type: 'integer',
    minimum: 0,
    maximum: 1_000,
    optional: true,
    help: 'No more than so many of the last ones.',
  },
  after: {
    type: 'integer',
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    optional: true,
    help: 'Only those with a higher sequence number.',
  },
} as const

/** Everything that can be asked of an instance: checks, the published schema and the command come from this table. */
const methods: {
  readonly [Name in MethodName]: {
    readonly summary: string
    readonly params: ParamsOf<MethodParameters[Name]>
  }
} = {
  status: {
    summary: 'The instance at a glance: its state, its workers, its totals.',
    params: {},
  },
  workers: {
    summary: 'Its workers, with what their last beats said.',
    params: {},
  },
  reload: {
    summary: 'Reload settings and code (HUP), or nothing at all.',
    params: {
      wait: {
        type: 'boolean',
        optional: true,
        help: 'Answer when it has taken, or say why it has not.',
      },
    },
  },
  scale: {
    summary: 'Have so many workers. Done when all are ready and those too many have left.',
    params: {
      to: {
        type: 'integer',
        minimum: 1,
        maximum: 1_024,
        positional: true,
        help: 'How many workers there shall be.',
      },
    },
  },
  restart: {
    summary: 'Replace a worker, its replacement first. Done when that is ready.',
    params: { worker },
  },
  kill: {
    summary: 'Kill a worker at once (SIGKILL). Done when its replacement is ready.',
    params: { worker },
  },
  reopen: {
    summary: 'Reopen the log files (USR1).',
    params: {},
  },
  config: {
    summary: 'Every setting, its value and where that comes from.',
    params: {},
  },
  events: {
    summary: 'What has happened.',
    params: recent,
  },
  subscribe: {
    summary: 'What has happened and what will, each as a notification `event`.',
    params: recent,
  },
  unsubscribe: {
    summary: 'No more notifications.',
    params: {},
  },
  profile: {
    summary: 'Record a CPU profile of a worker that serves (.cpuprofile, for Chrome).',
    params: {
      worker,
      seconds: { type: 'integer', minimum: 1, maximum: 300, help: 'For how long.' },
      file,
    },
  },
  heap: {
    summary: 'Take a heap snapshot (.heapsnapshot). The worker stands still meanwhile.',
    params: { worker, file },
  },
  stack: {
    summary: 'The JavaScript stack of a worker, busy or hung, without killing it.',
    params: { worker },
  },
  'log-level': {
    summary: 'The least severe messages that are logged, until the next reload.',
    params: {
      level: {
        type: 'choice',
        choices: ['debug', 'info', 'warning', 'error', 'critical'],
        positional: true,
        help: 'debug, info, warning, error or critical.',
      },
    },
  },
}

/** The table as rows of one type. */
export const methodTable: Readonly<
  Record<MethodName, { readonly summary: string; readonly params: Params }>
> = methods

export const methodNames: readonly MethodName[] = Object.keys(methods) as MethodName[]

export function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(methods, name)
}
