import type { Target } from '@nunicorn/torture'

import type { EventLog } from './event-log.ts'
import type { Project } from './project.ts'

/** What a scenario may want of a system that not all of them have. */
export type Ability =
  /** Replaces a worker that has died. */
  | 'restarts'
  /** Takes new code without being stopped. */
  | 'reloads'
  /** Finds workers that hang. */
  | 'watches'
  /** Answers TTIN and TTOU. */
  | 'scales'
  /** TERM ends all of it. */
  | 'stops'
  /** The command, settings and log of nunicorn itself. */
  | 'is-nunicorn'

/** A way to serve the app. A new one is a file in systems/ and its name in systems.ts. */
export interface System {
  readonly name: string
  readonly abilities: ReadonlySet<Ability>
  /** Whether it runs the JavaScript app; if not, a port of it with fewer routes. */
  readonly routes: 'all' | 'few'
  /** Why it cannot be run here; undefined when it can. May install what it needs. */
  missing(): Promise<string | undefined>
  /** Starts it. Does not wait until it answers. */
  start(plan: StartPlan): Promise<Server>
}

export interface StartPlan {
  readonly project: Project
  readonly port: number
  readonly workers: number
  /** Flags of nunicorn; other systems ignore them. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** A command that becomes the one given after it. */
  readonly wrapper: readonly string[]
  /** Where stdout and stderr go, if not to us. */
  readonly output?: number
}

/** A system that was started. Disposing of it ends all its processes. */
export interface Server extends AsyncDisposable {
  readonly target: Target & { readonly host: string; readonly port: number }
  /** The process that looks after the others; undefined when nobody does. */
  readonly supervisor: number | undefined
  /** The processes that answer, as the kernel sees them now. */
  workers(): readonly number[]
  /** What it has printed. */
  readonly log: EventLog
  /** Resolves with the exit code or the signal of the process that was started. */
  readonly exited: Promise<number | NodeJS.Signals>
  /** Takes the code on disk. Resolves when that is done, with whether the system says so. */
  reload(): Promise<boolean>
  /** Asks it to end as its users do. */
  terminate(): void
}
