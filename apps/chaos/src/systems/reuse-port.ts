import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { createEventLog } from '../event-log.ts'
import type { System } from '../system.ts'
import { endFamily, environmentOf } from './program.ts'

/** Who waits for it by hand does not wait for ever. */
const bootMs = 5_000

const main = fileURLToPath(new URL('../servers/alone.js', import.meta.url))

/** Processes that share a port and that nobody looks after: what the kernel alone can do. */
export const reusePort: System = {
  name: 'bare SO_REUSEPORT',
  abilities: new Set(['reloads']),
  routes: 'all',
  missing: () => Promise.resolve(undefined),
  start: (plan) => {
    const { port, workers, project } = plan
    const log = createEventLog()
    const startOne = () => {
      const args = [main, String(port), project.path('app.mjs'), 'reuse-port']
      const child = spawn(process.execPath, args, {
        cwd: project.directory,
        env: environmentOf(plan),
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      })
      for (const stream of [child.stdout, child.stderr])
        if (stream) createInterface({ input: stream }).on('line', (line) => log.add(line))
      return { child, settled: Promise.race([once(child, 'message'), once(child, 'exit')]) }
    }
    let group = Array.from({ length: workers }, startOne)
    const all = [...group]
    const alive = () =>
      group.filter(({ child }) => child.exitCode === null && child.signalCode === null)
    return Promise.resolve({
      target: { host: '127.0.0.1', port },
      supervisor: undefined,
      workers: () => alive().map(({ child }) => child.pid ?? 0),
      log,
      exited: Promise.all(group.map(({ child }) => once(child, 'exit'))).then(() => 0),
      async reload() {
        const old = alive()
        // From now on, as one may end while the new ones start.
        const gone = Promise.all(old.map(({ child }) => once(child, 'exit')))
        group = Array.from({ length: workers }, startOne)
        all.push(...group)
        const started = Promise.all(group.map(({ settled }) => settled))
        await Promise.race([started, sleep(bootMs)])
        for (const { child } of old) child.kill('SIGTERM')
        await gone
        return true
      },
      terminate: () => alive().forEach(({ child }) => child.kill('SIGTERM')),
      async [Symbol.asyncDispose]() {
        await Promise.all(all.map(({ child }) => endFamily(child)))
      },
    })
  },
}
