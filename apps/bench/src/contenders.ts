import type { Contender } from './contender.ts'
import { bare } from './contenders/bare.ts'
import { nodeCluster } from './contenders/node-cluster.ts'
import { nunicorn } from './contenders/nunicorn.ts'

/** Everyone who takes part, in the order of the tables. */
export const contenders: readonly Contender[] = [bare, nodeCluster, nunicorn]
