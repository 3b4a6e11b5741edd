import type { ContractVersion, WorkerSettings } from './worker-class.ts'

/**
 * A worker class of programs that are no Node: each worker is such a program, started by the arbiter itself with the
 * listening sockets as inherited descriptors. No Node process stands beside it.
 *
 * Its module is found as `NAME/program` (a package's export, or `program.js` in a folder), so that it is known to be of this
 * kind before anything is imported: unlike a `WorkerClass` it is loaded by the arbiter, once, and MUST be light.
 */
export interface ProgramClass {
  readonly contract: ContractVersion
  readonly name: string
  /** What APP is, for people: `a program and its arguments`. */
  readonly takes?: string
  /**
   * What to run for APP; called at the start and for each reload. MUST start nothing that outlives the call, and MUST throw
   * a NunicornError with a mend if APP cannot be run.
   */
  program(order: ProgramOrder): Program | Promise<Program>
}

export interface ProgramOrder {
  /** APP, as the user wrote it. */
  readonly app: string
  /** What the user gave after `--`; a class that has no use for them MUST throw. */
  readonly appArguments: readonly string[]
  /** The class, as the user wrote it. */
  readonly workerClass: string
  /** The working directory of the program. */
  readonly directory: string
  /** The environment of the program, as far as the user decides it. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly settings: ProgramSettings
}

/** The settings that a program class can see. */
export interface ProgramSettings extends WorkerSettings {
  readonly backlog: number
  readonly logLevel: 'debug' | 'info' | 'warning' | 'error' | 'critical'
  /** `--probe`; undefined where the user leaves it to the class. */
  readonly probe?: string | undefined
  /** Whether requests are to be logged. */
  readonly accessLog?: boolean
  /** The addresses of proxies whose forwarded headers are believed. */
  readonly forwardedAllowIps?: string | undefined
}

/** A program to run. */
export interface Program {
  /** The name of the class. */
  readonly name: string
  /**
   * The file and its arguments. In an argument `{fd}` is the number of the first listening descriptor, `{fds}` those of all
   * of them with commas between, `{worker}` the number of the worker.
   */
  readonly command: readonly [file: string, ...args: string[]]
  readonly env?: Readonly<Record<string, string>>
  readonly readiness: Readiness
  /**
   * The program calls listen(2) itself, so that the port stays closed until one does. Without it the sockets listen before
   * the program starts, as programs for socket activation expect it.
   */
  readonly listens?: true
  /** For the log: `Python 3.11 in .venv`. */
  readonly why?: string
  /** Runs to its end, for `--check-config`: 0 means that the app is fine, as far as it looks. */
  readonly check?: readonly [file: string, ...args: string[]]
  /** How far that is, and what was not tried: `main:app can be imported; its lifespan was not run`. */
  readonly checked?: string
}

/**
 * How a program is known to be ready: it says so on its notify pipe; it accepts a connection; or it answers
 * `GET path` with a status below 500.
 */
export type Readiness = 'notify' | 'connect' | `/${string}`
