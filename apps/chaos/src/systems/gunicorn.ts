import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { childrenOf } from '../processes.ts'
import type { System } from '../system.ts'
import { until } from '../until.ts'
import { startProgram } from './program.ts'

/** Debian's, whatever other Python comes first on the PATH. */
const python = '/usr/bin/python3'

/** Gunicorn with uvicorn's worker class, as FastAPI's documentation had it. */
export const gunicorn: System = {
  name: 'Gunicorn + uvicorn',
  abilities: new Set(['restarts', 'reloads', 'watches', 'scales', 'stops']),
  routes: 'few',
  async missing() {
    try {
      await promisify(execFile)(python, ['-c', 'import gunicorn, uvicorn.workers'])
      return undefined
    } catch {
      return 'apt-get install gunicorn python3-uvicorn'
    }
  },
  start: (plan) => {
    const { port, workers } = plan
    const server = startProgram(
      [
        python,
        '-m',
        'gunicorn',
        'app:app',
        '-k',
        'uvicorn.workers.UvicornWorker',
        '-w',
        String(workers),
        '-b',
        `127.0.0.1:${port}`,
        '--timeout',
        '3',
        '--graceful-timeout',
        '5',
        '--backlog',
        '2048',
      ],
      plan,
    )
    const { supervisor = 0 } = server
    return Promise.resolve({
      ...server,
      async reload() {
        const old = childrenOf(supervisor)
        process.kill(supervisor, 'SIGHUP')
        return await until(
          () =>
            childrenOf(supervisor).length === workers &&
            !childrenOf(supervisor).some((pid) => old.includes(pid)),
          { withinMs: 15_000 },
        )
      },
    })
  },
}
