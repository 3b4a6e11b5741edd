/**
 * A way to serve the app. A new one is a file in contenders/ and its name in contenders.ts. What it runs of servers/ is
 * plain JavaScript, so that nobody's start is measured with type stripping in it.
 */
export interface Contender {
  readonly name: string
  /** Runs as one process and with one only. */
  readonly single?: true
  /** Who looks after the workers: a process of its own, the process whose threads they are, or nobody. */
  readonly supervisor: 'process' | 'same-process' | 'none'
  readonly language: 'JavaScript' | 'Python'
  /** Gets what is needed, if it is not there. @throws Error why it cannot be had */
  obtain?(signal: AbortSignal): Promise<void>
  /** Of which versions it consists, for the report; once it is there. */
  version?(): Promise<string>
  /** The program and its arguments that serve the app on 127.0.0.1:`port` and stay in the foreground. */
  launch(wanted: Wanted): Launch | Promise<Launch>
  /** The tool's own way to take new code without an outage. Resolves when it says that it is done, if it says so. */
  reload?(running: Running): Promise<void>
}

export interface Wanted {
  readonly port: number
  readonly workers: number
  /** A folder for this server alone; it goes with the server. */
  readonly folder: string
}

export interface Launch {
  readonly command: readonly [string, ...string[]]
  readonly environment?: Readonly<Record<string, string>>
  readonly cwd?: string
}

export interface Running {
  readonly pid: number
  readonly folder: string
}

/** A contender with so many workers: what is started and measured. */
export interface Entrant {
  readonly name: string
  readonly contender: Contender
  readonly workers: number
}

export function entrant(contender: Contender, workers: number): Entrant {
  return { name: entrantName(contender, workers), contender, workers }
}

/** What an entrant is called in the results. */
export function entrantName({ name, single }: Contender, workers: number): string {
  return single ? name : `${name} -w ${workers}`
}
