import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import type { Contender } from '../contender.ts'
import { installedVersion, installPeers, peerFile } from './npm-peers.ts'

const app = fileURLToPath(import.meta.resolve('../servers/pm2.js'))

/** PM2 in cluster mode, in the foreground, with a home of its own and its documented recipe for a graceful reload. */
export const pm2: Contender = {
  name: 'PM2',
  supervisor: 'process',
  language: 'JavaScript',
  obtain: installPeers,
  version: async () => `PM2 ${installedVersion('pm2')}`,
  async launch({ port, workers, folder }) {
    const ecosystem = join(folder, 'ecosystem.json')
    await writeFile(ecosystem, JSON.stringify({ apps: [describeApp(port, workers)] }))
    return {
      command: [process.execPath, peerFile('pm2/bin/pm2-runtime'), 'start', ecosystem],
      environment: environment(folder),
    }
  },
  async reload({ folder }) {
    const args = [peerFile('pm2/bin/pm2'), 'reload', 'app']
    const env = { ...process.env, ...environment(folder) }
    await promisify(execFile)(process.execPath, args, { env })
  },
}

/** Once it listens it says so; then it has longer than the default, 1.6 s, to finish what is in flight. */
function describeApp(port: number, workers: number): object {
  return {
    name: 'app',
    script: app,
    exec_mode: 'cluster',
    instances: workers,
    wait_ready: true,
    kill_timeout: 5_000,
    env: { PORT: port },
    out_file: '/dev/null',
    error_file: '/dev/null',
  }
}

function environment(folder: string): Readonly<Record<string, string>> {
  return { PM2_HOME: folder, PM2_DISCRETE_MODE: 'true' }
}
