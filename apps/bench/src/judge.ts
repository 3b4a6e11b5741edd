import type { Goal } from './goals.ts'
import type { Results } from './results.ts'
import { median, pairwise } from './statistics.ts'

export interface Verdict {
  readonly goal: Goal
  /** Undefined if it was not measured, which is not reached either. */
  readonly measured: number | undefined
  readonly reached: boolean
}

export function judge(goal: Goal, results: Pick<Results, 'figures'>): Verdict {
  const measured = measure(goal, results)
  return { goal, measured, reached: measured !== undefined && fulfils(measured, goal.wanted) }
}

function measure(
  { measurement, entrant, against }: Goal,
  { figures }: Pick<Results, 'figures'>,
): number | undefined {
  const samples = figures.find(({ name }) => name === measurement.name)?.samples
  const ours = samples?.[entrant]
  if (!against) return ours && median(ours)
  return pairwise(against.by, [ours, samples?.[against.entrant]])
}

function fulfils(measured: number, wanted: Goal['wanted']): boolean {
  return 'atLeast' in wanted ? measured >= wanted.atLeast : measured < wanted.below
}
