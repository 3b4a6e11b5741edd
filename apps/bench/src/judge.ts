import { type Bound, type Goal, limit, plain } from './goals.ts'
import type { Figure, Results } from './results.ts'
import { median, pairwise } from './statistics.ts'

export interface Verdict {
  readonly goal: Goal
  readonly measured: number
  readonly reached: boolean
  /**
   * What the limit reaches: see `limit`. Undefined where the goal is neither a throughput nor a time of two plain workers, or
   * is the limit itself.
   */
  readonly possible?: number
}

/** Undefined if it was not measured. */
export function judge(goal: Goal, results: Pick<Results, 'suites'>): Verdict | undefined {
  const measured = measure(goal, results)
  if (measured === undefined) return undefined
  const possible = possibleFor(goal, results)
  return {
    goal,
    measured,
    reached: fulfils(measured, goal.wanted),
    ...(possible === undefined ? {} : { possible }),
  }
}

function possibleFor(
  { quantity, entrant, against, wanted }: Goal,
  results: Pick<Results, 'suites'>,
): number | undefined {
  const isSpeed = quantity.better === 'higher' || quantity.unit === 'ms'
  if (!isSpeed || entrant !== plain || !against || against.entrant === limit) return undefined
  return measure({ quantity, entrant: limit, against, wanted }, results)
}

function measure(goal: Goal, { suites }: Pick<Results, 'suites'>): number | undefined {
  const { entrant, against } = goal
  const samples = suites.flatMap(({ figures }) => figures).find(isMeant(goal))?.samples
  const its = samples?.[entrant]
  if (!against) return its && median(its)
  return pairwise(against.by, [its, samples?.[against.entrant]])
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
