import type { Entrant } from './contender.ts'
import type { LoadGenerator } from './load.ts'
import type { Quantity } from './quantity.ts'
import type { Server } from './server.ts'

/** Something that is measured. A new one is a file in measurements/ and its name in a suite. */
export interface Measurement {
  readonly quantities: readonly Quantity[]
  /** Whether all are measured at the same time, for what takes long and disturbs nobody. */
  readonly together?: true
  /** In the first round only, for what takes long and hardly varies. */
  readonly once?: true
  /** Samples in each round, for what is quick and varies much; by default one. */
  readonly perRound?: number
  /** Found out in the first round and then the same for all, such as a rate that everybody can stand. */
  agree?(subjects: readonly Subject[], conditions: Conditions): Promise<number>
  /** Takes one sample of each quantity; those for which there is nothing to measure are missing. */
  measure(subject: Subject, conditions: Conditions, agreed: number): Promise<Sample>
}

export type Sample = ReadonlyMap<Quantity, number>

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
  /** Only shows that it runs: nothing is waited for. */
  readonly quick: boolean
  readonly signal: AbortSignal
  /** Something for the report that is not a figure. */
  remark(text: string): void
}

export interface MeasurementOfOne extends Measurement {
  readonly quantity: Quantity
}

/** A measurement of one quantity; undefined where there is nothing to measure. */
export function measureOne(
  quantity: Quantity,
  take: (subject: Subject, conditions: Conditions) => Promise<number | undefined>,
): MeasurementOfOne {
  return {
    quantity,
    quantities: [quantity],
    async measure(subject, conditions) {
      const taken = await take(subject, conditions)
      return new Map(taken === undefined ? [] : [[quantity, taken]])
    },
  }
}
