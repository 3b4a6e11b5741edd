import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

/** Has its own package.json and is no part of the workspace: who does not run the bench need not have 165 MB of peers. */
export const peersFolder: string = resolve(import.meta.dirname, '../../peers')

/**
 * Installs what peers/package.json names, once, with plain npm and without anybody's install scripts.
 *
 * @throws Error what npm has to say
 */
export async function installPeers(signal: AbortSignal): Promise<void> {
  const { dependencies } = manifestOf(peersFolder)
  const isThere = Object.entries(dependencies).every(
    ([name, version]) => installedVersion(name) === version,
  )
  if (isThere) return
  const args = ['install', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund']
  await promisify(execFile)('npm', args, { cwd: peersFolder, signal })
}

export function peerFile(path: string): string {
  return join(peersFolder, 'node_modules', path)
}

interface Manifest {
  readonly version: string
  readonly dependencies: Readonly<Record<string, string>>
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** Undefined while it is not installed. */
export function installedVersion(name: string): string | undefined {
  try {
    return manifestOf(peerFile(name)).version
  } catch {
    return undefined
  }
}
