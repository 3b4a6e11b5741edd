import { type Contender, entrantName } from './contender.ts'
import { bare } from './contenders/bare.ts'
import { nodeCluster } from './contenders/node-cluster.ts'
import { nunicorn } from './contenders/nunicorn.ts'
import type { Measurement } from './measurement.ts'
import { connectionPerRequest } from './measurements/connection-per-request.ts'
import { firstAnswer } from './measurements/first-answer.ts'
import { keepAlive } from './measurements/keep-alive.ts'
import { supervisorResident, workerResident } from './measurements/memory.ts'
import { supervisorIdle } from './measurements/supervisor-idle.ts'
import type { Results } from './results.ts'
import { difference, median, pairwise, ratio } from './statistics.ts'

/** What nunicorn wants to reach, with two workers. */
export interface Goal {
  readonly measurement: Measurement
  /** Whom it is compared with; one worker each. Alone it is taken as it is. */
  readonly against?: readonly [Contender, workers: number]
  readonly compare?: typeof ratio
  readonly wanted: { readonly atLeast: number } | { readonly below: number }
}

export const goals: readonly Goal[] = [
  {
    measurement: keepAlive,
    against: [nodeCluster, 2],
    compare: ratio,
    wanted: { atLeast: 0.98 },
  },
  {
    measurement: connectionPerRequest,
    against: [nodeCluster, 2],
    compare: ratio,
    wanted: { atLeast: 1.7 },
  },
  { measurement: firstAnswer, against: [bare, 1], compare: ratio, wanted: { below: 3 } },
  { measurement: supervisorIdle, wanted: { below: 0.5 } },
  { measurement: supervisorResident, wanted: { below: 70 } },
  { measurement: workerResident, against: [bare, 1], compare: difference, wanted: { below: 6 } },
]

export interface Verdict {
  readonly goal: Goal
  /** Undefined if it was not measured. */
  readonly measured: number | undefined
  readonly reached: boolean
}

export function judge(goal: Goal, { figures }: Results): Verdict {
  const samples = figures.find(({ name }) => name === goal.measurement.name)?.samples ?? {}
  const ours = samples[entrantName(nunicorn, 2)]
  const theirs = goal.against && samples[entrantName(...goal.against)]
  const measured = goal.compare
    ? pairwise(goal.compare, [ours, theirs])
    : ours && median(ours)
  return { goal, measured, reached: measured !== undefined && fulfils(measured, goal.wanted) }
}

function fulfils(measured: number, wanted: Goal['wanted']): boolean {
  return 'atLeast' in wanted ? measured >= wanted.atLeast : measured < wanted.below
}
