import type { Check } from './checks.ts'
import type { Machine } from './machine.ts'

/** What came of one scenario with one system. */
export type Cell = Ran | NotRun

export interface Ran {
  readonly type: 'ran'
  readonly passed: boolean
  readonly repeats: number
  readonly requests: number
  readonly lost: number
  /** Failed, but held by a process that was killed on purpose. */
  readonly excused: number
  readonly longestStallMs: number
  readonly recovered: boolean
  /** The criteria that were not met. */
  readonly broken: readonly Check[]
  readonly form: 'full' | 'short'
  readonly at: string
}

export interface NotRun {
  /** `unable`: the system has not what the row is about. `skipped`: this machine has not. */
  readonly type: 'unable' | 'skipped'
  readonly why: string
}

/** By row number, then by system. */
export type Cells = Readonly<Record<string, Readonly<Record<string, Cell>>>>

export interface Results {
  readonly machine: Machine
  readonly cells: Cells
}

/** A run replaces the cells that it has run, so that the table can be made in pieces. */
export function merge(before: Cells, after: Cells): Cells {
  const numbers = new Set([...Object.keys(before), ...Object.keys(after)])
  return Object.fromEntries(
    [...numbers]
      .toSorted((a, b) => Number(a) - Number(b))
      .map((number) => [number, { ...before[number], ...after[number] }]),
  )
}
