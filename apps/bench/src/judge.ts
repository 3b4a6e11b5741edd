import type { Bound, Goal } from './goals.ts'
import type { Figure, Results } from './results.ts'
import { median, pairwise } from './statistics.ts'

export interface Verdict {
  readonly goal: Goal
  readonly measured: number
  readonly reached: boolean
}

/** Undefined if it was not measured. */
export function judge(goal: Goal, results: Pick<Results, 'suites'>): Verdict | undefined {
  const measured = measure(goal, results)
  if (measured === undefined) return undefined
  return { goal, measured, reached: fulfils(measured, goal.wanted) }
}

function measure(goal: Goal, { suites }: Pick<Results, 'suites'>): number | undefined {
  const { entrant, against } = goal
  const samples = suites.flatMap(({ figures }) => figures).find(isMeant(goal))?.samples
  const ours = samples?.[entrant]
  if (!against) return ours && median(ours)
  return pairwise(against.by, [ours, samples?.[against.entrant]])
}

function isMeant({ quantity, group, entrant }: Goal): (figure: Figure) => boolean {
  return (figure) =>
    figure.name === quantity.name &&
    (group === undefined || figure.group === group) &&
    entrant in figure.samples
}

function fulfils(measured: number, wanted: Bound): boolean {
  if ('atLeast' in wanted) return measured >= wanted.atLeast
  return 'atMost' in wanted ? measured <= wanted.atMost : measured < wanted.below
}
