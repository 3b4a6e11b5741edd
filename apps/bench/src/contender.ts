/**
 * A way to serve the app. A new one is a file in contenders/ and its name in contenders.ts. What it runs of servers/ is
 * plain JavaScript, so that nobody's start is measured with type stripping in it.
 */
export interface Contender {
  readonly name: string
  /** With how many workers it takes part, each of them once. */
  readonly workerCounts: readonly number[]
  /** Whether the process that is started only looks after those that serve. */
  readonly supervises: boolean
  /** The program and its arguments that serve the app on 127.0.0.1:`port` and stay in the foreground. */
  command(wanted: {
    readonly port: number
    readonly workers: number
  }): readonly [string, ...string[]]
}

/** A contender with so many workers: what is started and measured. */
export interface Entrant {
  readonly name: string
  readonly contender: Contender
  readonly workers: number
}

/** Those with as many workers stand side by side: in the tables, and in time, so that they meet the same noise. */
export function entrantsOf(contenders: readonly Contender[]): readonly Entrant[] {
  return contenders
    .flatMap((contender) =>
      contender.workerCounts.map((workers) => ({
        name: entrantName(contender, workers),
        contender,
        workers,
      })),
    )
    .toSorted((a, b) => a.workers - b.workers)
}

/** What an entrant is called in the results. */
export function entrantName({ name, supervises }: Contender, workers: number): string {
  return supervises ? `${name} -w ${workers}` : name
}
