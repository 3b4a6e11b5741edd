import { existsSync, lstatSync, mkdirSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Environment = Readonly<Record<string, string | undefined>>

/** In its folder, the control socket of an instance, or a link to it, is called `PID.ctl`. */
export const suffix = '.ctl'

/**
 * A folder that is this user's alone, in the first of the usual places that will have it.
 * Undefined if none will: a read-only container, no runtime folder, somebody else's in its place.
 */
export function ownFolder(env: Environment): string | undefined {
  return candidates(env).find(isMadeOurs)
}

/** Where the instances of this user may be found; root sees everybody's. */
export function searchedFolders(env: Environment): readonly string[] {
  const ours = candidates(env).filter((folder) => isClosed(folder, userId()))
  return [...new Set([...ours, ...(userId() === 0 ? foldersOfEverybody() : [])])]
}

function foldersOfEverybody(): readonly string[] {
  const runtime = namesIn('/run/user').map((user) => [join('/run/user', user, 'nunicorn'), user])
  const temporary = namesIn(tmpdir()).flatMap((name) => {
    const user = /^nunicorn-(\d+)$/.exec(name)?.[1]
    return user === undefined ? [] : [[join(tmpdir(), name), user]]
  })
  return [...runtime, ...temporary].flatMap(([folder = '', user]) =>
    isClosed(folder, Number(user)) ? [folder] : [],
  )
}

/** Beside the pid file: `shop.pid` has `shop.ctl`. */
export function besidePidFile(pidFile: string): string {
  return `${pidFile.replace(/\.pid$/, '')}${suffix}`
}

export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function candidates({ XDG_RUNTIME_DIR: given }: Environment): readonly string[] {
  const usual = `/run/user/${userId()}`
  const runtime = given || (existsSync(usual) ? usual : undefined)
  return [...(runtime ? [join(runtime, 'nunicorn')] : []), join(tmpdir(), `nunicorn-${userId()}`)]
}

function isMadeOurs(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false
  }
  return isClosed(folder, userId())
}

/** Anybody may make a folder in /tmp, by any name: only one that is of that very user, and closed to others, is trusted. */
function isClosed(folder: string, user: number): boolean {
  try {
    const found = lstatSync(folder)
    return found.isDirectory() && found.uid === user && (found.mode & 0o077) === 0
  } catch {
    return false
  }
}

function userId(): number {
  return process.getuid?.() ?? 0
}
