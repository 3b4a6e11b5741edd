import { entrantName } from './contender.ts'
import { bare } from './contenders/bare.ts'
import { nodeCluster } from './contenders/node-cluster.ts'
import { nunicorn } from './contenders/nunicorn.ts'
import type { Measurement } from './measurement.ts'
import { connectionPerRequest } from './measurements/connection-per-request.ts'
import { firstAnswer } from './measurements/first-answer.ts'
import { keepAlive } from './measurements/keep-alive.ts'
import { supervisorResident, workerResident } from './measurements/memory.ts'
import { supervisorIdle } from './measurements/supervisor-idle.ts'

/** A figure that nunicorn wants to reach. */
export interface Goal {
  readonly measurement: Measurement
  readonly entrant: string
  /** With whom the figure is compared; otherwise it is taken as it is. */
  readonly against?: { readonly entrant: string; readonly by: 'ratio' | 'difference' }
  readonly wanted: { readonly atLeast: number } | { readonly below: number }
}

const ours = { entrant: entrantName(nunicorn, 2) }
const cluster = entrantName(nodeCluster, 2)
const node = entrantName(bare, 1)

export const goals: readonly Goal[] = [
  {
    ...ours,
    measurement: keepAlive,
    against: { entrant: cluster, by: 'ratio' },
    wanted: { atLeast: 0.98 },
  },
  {
    ...ours,
    measurement: connectionPerRequest,
    against: { entrant: cluster, by: 'ratio' },
    wanted: { atLeast: 1.7 },
  },
  {
    ...ours,
    measurement: firstAnswer,
    against: { entrant: node, by: 'ratio' },
    wanted: { below: 3 },
  },
  {
    ...ours,
    measurement: workerResident,
    against: { entrant: node, by: 'difference' },
    wanted: { below: 6 },
  },
  { ...ours, measurement: supervisorResident, wanted: { below: 70 } },
  { ...ours, measurement: supervisorIdle, wanted: { below: 0.5 } },
]
