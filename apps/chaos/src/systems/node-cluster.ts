import { fileURLToPath } from 'node:url'

import { childrenOf } from '../processes.ts'
import type { System } from '../system.ts'
import { until } from '../until.ts'
import { startProgram } from './program.ts'

const main = fileURLToPath(new URL('../servers/cluster.js', import.meta.url))

/** node:cluster with the primary that every tutorial shows. */
export const nodeCluster: System = {
  name: 'node:cluster',
  abilities: new Set(['restarts', 'reloads', 'stops']),
  routes: 'all',
  missing: () => Promise.resolve(undefined),
  start: (plan) => {
    const { port, workers, project } = plan
    const server = startProgram(
      [process.execPath, main, String(port), String(workers), project.path('app.mjs')],
      plan,
    )
    const { supervisor = 0, log } = server
    return Promise.resolve({
      ...server,
      async reload() {
        const from = log.lines.length
        const old = childrenOf(supervisor)
        process.kill(supervisor, 'SIGHUP')
        await log.waitFor(/^reloaded$/, { from, withinMs: 60_000 })
        return await until(() => !childrenOf(supervisor).some((pid) => old.includes(pid)))
      },
    })
  },
}
