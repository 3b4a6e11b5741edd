import { execFile } from 'node:child_process'
import { copyFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import type { Contender } from '../contender.ts'
import { installedVersion, installPeers, peerFile, peersFolder } from './npm-peers.ts'

const command = peerFile('wattpm/bin/cli.js')
const servers = new URL('../servers/', import.meta.url)

/** Platformatic Watt: the workers are threads of one process, each with its own SO_REUSEPORT socket. */
export const watt: Contender = {
  name: 'Watt',
  supervisor: 'same-process',
  language: 'JavaScript',
  obtain: installPeers,
  version: async () => `wattpm ${installedVersion('wattpm')}`,
  async launch({ port, workers, folder }) {
    await writeProject(folder, { port, workers })
    // Where its control socket is.
    const environment = { TMPDIR: folder }
    return { command: [process.execPath, command, 'start', folder], environment }
  },
  async reload({ pid, folder }) {
    const env = { ...process.env, TMPDIR: folder }
    await promisify(execFile)(process.execPath, [command, 'restart', String(pid)], { env })
  },
}

async function writeProject(
  folder: string,
  { port, workers }: { readonly port: number; readonly workers: number },
): Promise<void> {
  const config = {
    $schema: 'https://schemas.platformatic.dev/@platformatic/node/3.65.0.json',
    node: { main: 'watt.js' },
    runtime: {
      workers,
      server: { hostname: '127.0.0.1', port },
      logger: { level: 'warn' },
    },
  }
  await writeFile(join(folder, 'watt.json'), JSON.stringify(config))
  await writeFile(join(folder, 'package.json'), '{ "name": "app", "type": "module" }')
  for (const file of ['watt.js', 'app.js', 'greeting.js'])
    await copyFile(new URL(file, servers), join(folder, file))
  await symlink(join(peersFolder, 'node_modules'), join(folder, 'node_modules'))
}
