import type { Entrant } from './contender.ts'
import type { LoadGenerator } from './load.ts'
import type { Server } from './server.ts'

/** Something that is measured. A new one is a file in measurements/ and its name in measurements.ts. */
export interface Measurement {
  readonly name: string
  readonly unit: 'requests/s' | 'ms' | 'µs' | '%' | 'MB' | 'max/mean'
  readonly better: 'higher' | 'lower'
  /** Whether all are measured at the same time, for what takes long and disturbs nobody. */
  readonly together?: true
  /** In the first round only, for what takes long and hardly varies. */
  readonly once?: true
  /** Samples in each round, for what is quick and varies much; by default one. */
  readonly perRound?: number
  /** Takes one sample; undefined where there is nothing to measure. */
  measure(subject: Subject, conditions: Conditions): Promise<number | undefined>
}

/** An entrant and its server, fresh in each round. */
export interface Subject {
  readonly entrant: Entrant
  readonly server: Server
}

/** What holds for the whole run. */
export interface Conditions {
  readonly load: LoadGenerator
  readonly connections: number
  readonly seconds: number
  readonly idleMs: number
  readonly signal: AbortSignal
  /** Something for the report that is not a figure. */
  remark(text: string): void
}
