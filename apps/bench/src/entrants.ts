import { type Contender, type Entrant, entrant } from './contender.ts'
import { bare } from './contenders/bare.ts'
import { gunicorn } from './contenders/gunicorn.ts'
import { nodeCluster } from './contenders/node-cluster.ts'
import { nunicorn } from './contenders/nunicorn.ts'
import { pm2 } from './contenders/pm2.ts'
import { reusePort } from './contenders/reuse-port.ts'
import { watt } from './contenders/watt.ts'

/** Those who look after workers of the same app, in the order of the tables. */
export const supervisors: readonly Contender[] = [nodeCluster, pm2, watt, nunicorn]
/** With those who look after nobody. */
export const allInJavaScript: readonly Contender[] = [reusePort, ...supervisors]
export const all: readonly Contender[] = [...allInJavaScript, gunicorn]

export const bareNode: Entrant = entrant(bare, 1)

export function withWorkers(workers: number, contenders: readonly Contender[]): readonly Entrant[] {
  return contenders.map((contender) => entrant(contender, workers))
}
