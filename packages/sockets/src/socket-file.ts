import { lstatSync, type Stats } from 'node:fs'
import { lstat, stat, unlink } from 'node:fs/promises'
import { connect } from 'node:net'
import { basename, dirname } from 'node:path'

import { systemError } from './bind-error.ts'
import { claim } from './claim.ts'
import { closeHandle, type Handle } from './native-handle.ts'

/** The size of sun_path, less the NUL at its end. Node 22 cuts a longer path silently. */
const longestPathBytes = process.platform === 'linux' ? 107 : 103

/**
 * Makes room for a Unix socket at an absolute path: replaces a dead socket file, and nothing else.
 *
 * @returns the lock that keeps other nunicorns off the path, as {@link claim} does
 * @throws a system error, such as EADDRINUSE if a live server is there
 */
export async function claimSocketPath(path: string): Promise<Handle | undefined> {
  if (Buffer.byteLength(path) > longestPathBytes) throw systemError('ENAMETOOLONG')
  const lock = claim(await identityOf(path))
  try {
    await removeDeadSocket(path)
    return lock
  } catch (error) {
    if (lock !== undefined) await closeHandle(lock)
    throw error
  }
}

/** @returns a function that tells whether the file at the path is still the one that is there now */
export function watchSocketFile(path: string): () => boolean {
  const ours = lstatSync(path)
  return () => {
    const there = look(path)
    return there !== undefined && there.ino === ours.ino && there.dev === ours.dev
  }
}

/** Undefined as well if a folder on the way is gone or may not be read. */
export function look(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch {
    return undefined
  }
}

/** The same for every spelling of the path, and in every container that shares the directory. */
async function identityOf(path: string): Promise<string> {
  const { dev, ino } = await stat(dirname(path))
  return `unix ${dev} ${ino} ${basename(path)}`
}

async function removeDeadSocket(path: string): Promise<void> {
  const there = await lstat(path).catch(undefinedIfMissing)
  if (there === undefined) return
  if (!there.isSocket()) throw systemError('ENOTSOCK')
  if (await isLive(path)) throw systemError('EADDRINUSE')
  await unlink(path)
}

function isLive(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') resolve(false)
      // The queue of a live server is full.
      else if (error.code === 'EAGAIN') resolve(true)
      else reject(error)
    })
  })
}

function undefinedIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
