import { lstatSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import type { FleetStatus } from '@nunicorn/contract'

import { connectControl } from './client.ts'
import { besidePidFile, type Environment, namesIn, searchedFolders, suffix } from './folders.ts'

/** An instance that answers at its control socket. */
export interface Instance {
  readonly path: string
  readonly status: FleetStatus
}

/** One that has not answered by then does not count. */
const answerMs = 2_000

/** The instances of this user; of every user for root. */
export async function findInstances(env: Environment = process.env): Promise<readonly Instance[]> {
  const paths = searchedFolders(env).flatMap((folder) =>
    namesIn(folder)
      .filter((name) => name.endsWith(suffix))
      .map((name) => join(folder, name)),
  )
  const found = await Promise.all(paths.map(askStatus))
  const answering = found.filter((instance) => instance !== undefined)
  // By a link and by the file itself, one may be found twice in the folders of a user. What is called by its pid counts, then the first.
  const bestLast = answering
    .toReversed()
    .toSorted((one, other) => Number(isNamedByPid(one)) - Number(isNamedByPid(other)))
  const once = new Map(bestLast.map((one) => [`${ownerOf(one)}:${one.status.pid}`, one]))
  return [...once.values()].toSorted((one, other) => one.status.startedAt - other.status.startedAt)
}

/** The control sockets that the instance with this pid file may have. */
export async function pathsForPidFile(
  pidFile: string,
  env: Environment = process.env,
): Promise<readonly string[]> {
  const pid = (await readFile(pidFile, 'utf8').catch(() => '')).trim()
  const linked = searchedFolders(env).map((folder) => join(folder, `${pid}${suffix}`))
  return [besidePidFile(pidFile), ...(/^\d+$/.test(pid) ? linked : [])]
}

function isNamedByPid({ path, status }: Instance): boolean {
  return basename(path) === `${status.pid}${suffix}`
}

/** Whatever pid one says it has, it does not hide that of another user. */
function ownerOf({ path }: Instance): number | undefined {
  return lstatSync(dirname(path), { throwIfNoEntry: false })?.uid
}

async function askStatus(path: string): Promise<Instance | undefined> {
  try {
    await using client = await connectControl({ path })
    const status = await Promise.race([client.call('status'), silence()])
    return status && { path, status }
  } catch {
    // Left behind by one that was killed.
    return undefined
  }
}

function silence(): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, answerMs, undefined).unref())
}
