import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { createEventLog } from '../event-log.ts'
import { childrenOf, descendantsOf, endAll, identify, isAlive } from '../processes.ts'
import type { System } from '../system.ts'
import { until } from '../until.ts'
import { environmentOf } from './program.ts'

const execute = promisify(execFile)
const version = '7.0.4'
const folder = fileURLToPath(new URL('../../node_modules/.cache/pm2', import.meta.url))
const cli = join(folder, 'node_modules/pm2/bin/pm2')
const main = fileURLToPath(new URL('../servers/alone.js', import.meta.url))

/** PM2 in cluster mode with its documented graceful reload: `wait_ready`, and time to close. */
export const pm2: System = {
  name: 'PM2',
  abilities: new Set(['restarts', 'reloads', 'stops']),
  routes: 'all',
  async missing() {
    if (existsSync(cli)) return undefined
    try {
      await mkdir(folder, { recursive: true })
      const what = [
        'install',
        '--prefix',
        folder,
        '--no-save',
        '--ignore-scripts',
        `pm2@${version}`,
      ]
      await execute('npm', what, { timeout: 120_000 })
      return undefined
    } catch {
      return `npm could not install pm2@${version}`
    }
  },
  async start(plan) {
    const { port, workers, project } = plan
    const home = project.path('pm2')
    const env = { ...environmentOf(plan), PM2_HOME: home }
    const run = (...args: readonly string[]) =>
      execute(process.execPath, [cli, ...args], { cwd: project.directory, env, timeout: 60_000 })
    await project.write('ecosystem.config.cjs', ecosystemOf({ port, workers, project }))
    // What it prints is no log of ours; a build that does not start shows by itself.
    await run('start', 'ecosystem.config.cjs').catch(() => {})
    const daemon = Number(readFileSync(join(home, 'pm2.pid'), 'utf8'))
    const self = identify(daemon)
    const exited = until(() => self === undefined || !isAlive(self), {
      withinMs: 2 ** 31,
      everyMs: 100,
    })
    return {
      target: { host: '127.0.0.1', port },
      supervisor: daemon,
      workers: () => childrenOf(daemon),
      log: createEventLog(),
      exited: exited.then(() => 0),
      reload: () =>
        run('reload', 'ecosystem.config.cjs').then(
          () => true,
          () => false,
        ),
      terminate: () => void run('kill').catch(() => {}),
      [Symbol.asyncDispose]: () =>
        endAll([daemon, ...descendantsOf(daemon)].flatMap((pid) => identify(pid) ?? [])),
    }
  },
}

function ecosystemOf(plan: {
  readonly port: number
  readonly workers: number
  readonly project: { path(name: string): string }
}): string {
  const app = {
    name: 'app',
    script: main,
    args: `${plan.port} ${plan.project.path('app.mjs')}`,
    instances: plan.workers,
    exec_mode: 'cluster',
    wait_ready: true,
    listen_timeout: 5_000,
    kill_timeout: 6_000,
  }
  return `module.exports = { apps: [${JSON.stringify(app)}] }\n`
}
