import { classes } from './contenders/classes.ts'
import type { Quantity } from './quantity.ts'
import { keepAlive } from './measurements/throughput.ts'

/** A figure that nunicorn wants to reach. */
export interface Goal {
  readonly quantity: Quantity
  /** In which group of a suite, if it has several. */
  readonly group?: string
  readonly entrant: string
  /** With whom the figure is compared; otherwise it is taken as it is. */
  readonly against?: { readonly entrant: string; readonly by: 'ratio' | 'difference' }
  readonly wanted: Bound
}

export type Bound =
  | { readonly atLeast: number }
  | { readonly atMost: number }
  | { readonly below: number }

export const goals: readonly Goal[] = [
  ...classes.map(({ name, bare, ours }) => ({
    quantity: keepAlive.quantity,
    group: name,
    entrant: ours.name,
    against: { entrant: bare.name, by: 'ratio' as const },
    wanted: { atLeast: 0.97 },
  })),
]
