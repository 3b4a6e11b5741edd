import type { System } from './system.ts'
import { gunicorn } from './systems/gunicorn.ts'
import { nodeCluster } from './systems/node-cluster.ts'
import { nunicorn } from './systems/nunicorn.ts'
import { pm2 } from './systems/pm2.ts'
import { reusePort } from './systems/reuse-port.ts'

/** Everyone who takes part, in the order of the table. */
export const systems: readonly System[] = [nunicorn, nodeCluster, pm2, reusePort, gunicorn]
