import type { Machine } from './machine.ts'
import type { Quantity } from './quantity.ts'

/** What latest.json holds. */
export interface Results {
  readonly machine: Machine
  /** Of the contenders that are not of this repository. */
  readonly versions: Readonly<Record<string, string>>
  readonly suites: readonly SuiteResults[]
  /** Those who should have taken part, and why they could not. */
  readonly absent: readonly { readonly contender: string; readonly reason: string }[]
}

/** All of one suite's run. */
export interface SuiteResults {
  readonly name: string
  readonly title: string
  readonly conditions: {
    readonly load: string
    readonly rounds: number
    readonly seconds: number
    readonly connections: number
    readonly idleMs: number
    /** Processes that wanted to run in the minute before: what else went on. */
    readonly loadBefore: number
  }
  readonly figures: readonly Figure[]
  readonly remarks: readonly string[]
}

/**
 * One quantity in one group: samples in the order in which they were taken, by entrant. Entrants for which there is nothing
 * to measure are missing.
 */
export interface Figure extends Quantity {
  readonly group?: string
  readonly samples: Readonly<Record<string, readonly number[]>>
}
