import type { Machine } from './machine.ts'
import type { Measurement } from './measurement.ts'

/** All of a run: what latest.json holds. */
export interface Results {
  readonly machine: Machine
  readonly conditions: {
    readonly load: string
    readonly rounds: number
    readonly seconds: number
    readonly connections: number
    readonly idleMs: number
  }
  readonly figures: readonly Figure[]
  readonly remarks: readonly string[]
}

/** One measurement: a sample for each round, by entrant. Entrants for which there is nothing to measure are missing. */
export interface Figure extends Pick<Measurement, 'name' | 'unit' | 'better'> {
  readonly samples: Readonly<Record<string, readonly number[]>>
}
