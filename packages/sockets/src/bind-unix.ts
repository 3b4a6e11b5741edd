import { lstatSync, type Stats } from 'node:fs'
import { chmod, lstat, stat, unlink } from 'node:fs/promises'
import { connect } from 'node:net'
import { basename, dirname, resolve } from 'node:path'

import type { UnixAddress } from './address.ts'
import { explainBindError, systemError } from './bind-error.ts'
import type { BindOptions, BoundListener } from './bound-listener.ts'
import { claim } from './claim.ts'
import { bindUnixHandle, closeHandle, type Handle } from './native-handle.ts'

/** The size of sun_path, less the NUL at its end. Node 22 cuts a longer path silently. */
const longestPathBytes = process.platform === 'linux' ? 107 : 103

/** Binds a Unix socket, which every slot shares. Replaces a dead socket file, and nothing else. */
export async function bindUnix(wanted: UnixAddress, options: BindOptions): Promise<BoundListener> {
  const path = resolve(wanted.path)
  let { slots } = options
  let lock: Handle | undefined
  let file: SocketFile | undefined
  let closing: Promise<void> | undefined

  async function closeBoth(): Promise<void> {
    if (file !== undefined) await file.close()
    if (lock !== undefined) await closeHandle(lock)
  }

  try {
    if (Buffer.byteLength(path) > longestPathBytes) throw systemError('ENAMETOOLONG')
    lock = claim(await identityOf(path))
    await removeDeadSocket(path)
    file = bindFile(path)
    // Nobody listens yet, so nobody can connect before the permissions are right.
    if (options.mode !== undefined) await chmod(path, options.mode)
  } catch (error) {
    await closeBoth()
    throw explainBindError(wanted, error)
  }

  const { handle, isThere } = file
  return {
    address: { type: 'unix', path },
    inherited: false,
    shared: true,
    get slots() {
      return slots
    },
    handle: () => handle,
    grow(wantedSlots) {
      slots = Math.max(slots, wantedSlots)
    },
    isReachable: isThere,
    close: () => (closing ??= closeBoth()),
    [Symbol.asyncDispose]: () => (closing ??= closeBoth()),
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

interface SocketFile {
  readonly handle: Handle
  /** Whether the file at the path is still this one. */
  isThere(): boolean
  close(): Promise<void>
}

function bindFile(path: string): SocketFile {
  const handle = bindUnixHandle(path)
  const ours = lstatSync(path)
  const isOurs = (there: Stats): boolean => there.ino === ours.ino && there.dev === ours.dev
  return {
    handle,
    isThere() {
      const there = look(path)
      return there !== undefined && isOurs(there)
    },
    async close() {
      // Closing unlinks the path. If another server's file is there by now, the descriptor is left to the end of the process.
      const there = look(path)
      if (there === undefined || isOurs(there)) await closeHandle(handle)
    },
  }
}

/** Undefined as well if a folder on the way is gone or may not be read. */
function look(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch {
    return undefined
  }
}

function undefinedIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
