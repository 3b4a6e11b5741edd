import type { Entrant } from './contender.ts'
import type { Measurement } from './measurement.ts'

/** What is measured together: `--only` takes it by its name. A new one is a file in suites/ and its name in suites.ts. */
export interface Suite {
  readonly name: string
  /** What it finds out, for the report. */
  readonly title: string
  readonly groups: readonly Group[]
  readonly measurements: readonly Measurement[]
  /** Only one is up at a time: for what is not measured beside others. */
  readonly apart?: true
  /** For what takes long: not more rounds than that. */
  readonly maxRounds?: number
}

/** Those who stand side by side: they are compared, and up at the same time unless the suite keeps them apart. */
export interface Group {
  /** Tells the figures of this group from those of the others. */
  readonly name?: string
  readonly entrants: readonly Entrant[]
}
