import type { Configuration } from '@nunicorn/control'
import type { Controls } from '@nunicorn/control/server'
import { printConfig } from '@nunicorn/settings'

import type { ControlOptions } from './control.ts'

/** What the clients of the control socket can have done. */
export function createControls({ arbiter, log, resolved }: Omit<ControlOptions, 'env'>): Controls {
  const { orders, inspections } = arbiter
  return {
    status: () => arbiter.status(),
    workers: () => arbiter.status().workers,
    async reload({ wait }) {
      const { generation, taken } = orders.reload()
      if (!wait) return { generation, state: 'accepted' }
      await taken
      return { generation, state: 'finished' }
    },
    async scale({ to }) {
      await orders.scale(to)
      return { workers: to }
    },
    restart: ({ worker }) => orders.restart(worker),
    kill: ({ worker }) => orders.kill(worker),
    reopen() {
      arbiter.reopenLogs()
      return { reopened: true }
    },
    config: () => JSON.parse(printConfig(resolved(), 'json')) as Configuration,
    profile: ({ worker, seconds, file }) => inspections.profile(worker, { seconds, file }),
    heap: ({ worker, file }) => inspections.heapSnapshot(worker, file),
    async stack({ worker: name }) {
      const { worker, pid, diagnosis } = await inspections.stack(name)
      if (diagnosis === undefined)
        return { worker, pid, doing: 'idle', stack: [], note: 'its event loop answers' }
      const { verdict, stack = [], waitsIn, stackMissing, debugger: debugger_ } = diagnosis
      const notes = [debugger_, waitsIn, stackMissing].filter((note) => note !== undefined)
      return {
        worker,
        pid,
        doing: verdict,
        stack,
        ...(notes.length > 0 && { note: notes.join('; ') }),
      }
    },
    'log-level'({ level }) {
      const before = log.level
      arbiter.setLogLevel(level)
      return { level, before }
    },
  }
}
