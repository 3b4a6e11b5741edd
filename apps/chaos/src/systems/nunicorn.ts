import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { childrenOf, titleOf } from '../processes.ts'
import type { System } from '../system.ts'
import { startProgram } from './program.ts'

const manifest = fileURLToPath(import.meta.resolve('nunicorn/package.json'))
/** CHAOS_NUNICORN: the bin/nunicorn.js of another build, such as one that was released. */
export const command = process.env['CHAOS_NUNICORN'] ?? join(dirname(manifest), 'bin/nunicorn.js')

/** How a reload ends. */
export const reloadEnd = /(Reloaded: all workers are of generation)|Reload (?:failed|refused);/

/** The built command, as users start it. */
export const nunicorn: System = {
  name: 'nunicorn',
  abilities: new Set(['restarts', 'reloads', 'watches', 'scales', 'stops', 'is-nunicorn']),
  routes: 'all',
  missing: () => Promise.resolve(undefined),
  start: (plan) => {
    const { workers, port, args } = plan
    // Port 0: the config file says where it listens.
    const bound = port === 0 || args.some((flag) => flag.startsWith('--bind'))
    const bind = bound ? [] : [`--bind=127.0.0.1:${port}`]
    const server = startProgram(
      [process.execPath, command, 'app.mjs', `--workers=${workers}`, ...bind, ...defaults, ...args],
      plan,
    )
    const { supervisor = 0, log } = server
    return Promise.resolve({
      ...server,
      workers: () => childrenOf(supervisor).filter(isWorker),
      async reload() {
        const from = log.lines.length
        process.kill(supervisor, 'SIGHUP')
        const [, reloaded] = await log.waitFor(reloadEnd, { from, withinMs: 60_000 })
        return reloaded !== undefined
      },
    })
  },
}

/** Those of the scenarios: `timeout` 3 s, `graceful-timeout` 5 s. Later flags win. */
const defaults = [
  '--timeout=3s',
  '--graceful-timeout=5s',
  '--boot-timeout=5s',
  '--keep-alive=2s',
  '--soak=1500ms',
]

/** Before it has named itself a worker is another node; the guard against orphans is a shell. */
function isWorker(pid: number): boolean {
  return /^nunicorn: (orphaned )?worker|node/.test(titleOf(pid))
}
