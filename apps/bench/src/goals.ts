import { entrantName } from './contender.ts'
import { bare } from './contenders/bare.ts'
import { classes } from './contenders/classes.ts'
import { logged, loggedAsJson } from './contenders/logged.ts'
import { gunicorn } from './contenders/gunicorn.ts'
import { nodeCluster } from './contenders/node-cluster.ts'
import { nunicorn } from './contenders/nunicorn.ts'
import { pm2 } from './contenders/pm2.ts'
import { scraped } from './contenders/scraped.ts'
import { reusePort } from './contenders/reuse-port.ts'
import { watt } from './contenders/watt.ts'
import { spreadOf64 } from './measurements/connection-spread.ts'
import { firstAnswer } from './measurements/first-answer.ts'
import { supervisorIdle } from './measurements/idle.ts'
import { p99 } from './measurements/latency.ts'
import { supervisorResident, workerResident } from './measurements/memory.ts'
import { lostBeyondKill } from './measurements/recovery.ts'
import { lostPerReload } from './measurements/reload.ts'
import { connectionPerRequest, keepAlive } from './measurements/throughput.ts'
import type { Quantity } from './quantity.ts'

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

/** Processes that accept for themselves and that nobody looks after: no supervisor can do better. */
export const limit: string = entrantName(reusePort, 2)

/** Whom the goals are about, where they do not say otherwise. */
export const plain: string = entrantName(nunicorn, 2)

const [cluster, manager, threads, python] = [nodeCluster, pm2, watt, gunicorn].map((contender) =>
  entrantName(contender, 2),
) as [string, string, string, string]
const node = entrantName(bare, 1)

export const goals: readonly Goal[] = [
  beside(keepAlive.quantity, cluster, { atLeast: 1 }),
  beside(keepAlive.quantity, manager, { atLeast: 1.1 }),
  beside(keepAlive.quantity, threads, { atLeast: 1.1 }),
  beside(keepAlive.quantity, limit, { atLeast: 0.98 }),
  beside(keepAlive.quantity, python, { atLeast: 3 }),
  beside(connectionPerRequest.quantity, cluster, { atLeast: 1.9 }),
  beside(connectionPerRequest.quantity, manager, { atLeast: 3 }),
  beside(connectionPerRequest.quantity, limit, { atLeast: 0.97 }),
  beside(connectionPerRequest.quantity, python, { atLeast: 3 }),
  ...[cluster, manager, threads, limit].map((other) => beside(p99, other, { atMost: 1 })),
  alone(lostPerReload, 2, { below: 0.5 }),
  alone(lostBeyondKill, 2, { below: 0.5 }),
  alone(spreadOf64.later, 4, { atMost: 1.1 }),
  beside(firstAnswer.quantity, node, { atMost: 1.5 }),
  ...[cluster, manager].map((other) => beside(supervisorResident.quantity, other, { below: 1 })),
  alone(supervisorResident.quantity, 2, { below: 70 }),
  {
    ...beside(workerResident.quantity, node, { below: 6 }),
    against: { entrant: node, by: 'difference' },
  },
  alone(supervisorIdle, 2, { below: 0.5 }),
  alone(supervisorIdle, 64, { below: 2 }),
  ...[logged, loggedAsJson].map((contender) => ({
    quantity: keepAlive.quantity,
    entrant: entrantName(contender, 2),
    against: { entrant: plain, by: 'ratio' as const },
    wanted: { atLeast: 0.9 },
  })),
  {
    quantity: keepAlive.quantity,
    entrant: entrantName(scraped, 2),
    against: { entrant: plain, by: 'ratio' },
    wanted: { atLeast: 0.99 },
  },
  ...classes.map(({ name, bare: { name: other }, ours }) => ({
    quantity: keepAlive.quantity,
    group: name,
    entrant: ours.name,
    against: { entrant: other, by: 'ratio' as const },
    wanted: { atLeast: 0.97 },
  })),
]

/** The ratio of nunicorn with two workers to somebody else. */
function beside(quantity: Quantity, entrant: string, wanted: Bound): Goal {
  return { ...alone(quantity, 2, wanted), against: { entrant, by: 'ratio' } }
}

function alone(quantity: Quantity, workers: number, wanted: Bound): Goal {
  return { quantity, entrant: entrantName(nunicorn, workers), wanted }
}
