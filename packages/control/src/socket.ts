import { lstatSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'

import { isNunicornError, NunicornError } from '@nunicorn/contract'
import { type ServedSocket, serveUnix } from '@nunicorn/sockets'

import { besidePidFile, type Environment, ownFolder, suffix } from './folders.ts'

export interface SocketOptions {
  /** Setting `control-socket`: a path, `false` for none, undefined for the usual place. */
  readonly path: string | false | undefined
  /** Setting `pid`. */
  readonly pidFile: string | undefined
  readonly env: Environment
  /** Called for each connection. Whoever it is, the kernel has seen to it that it is the same user, or root. */
  readonly onConnection: (socket: Socket) => void
}

/**
 * Opens the control socket of this process: where it was told to, else beside the pid file, else in the user's runtime
 * folder, where a link leads to it in any case so that `nunicorn ctl` finds it.
 *
 * @returns undefined if there shall be none, or there is no usual place for one: that is no reason not to serve
 * @throws NunicornError if it cannot be where it was told to: `address-in-use`, `path-too-long`, ...
 */
export async function openControlSocket(options: SocketOptions): Promise<ServedSocket | undefined> {
  const { path, pidFile, env } = options
  if (path === false) return undefined
  const folder = ownFolder(env)
  const own = folder && join(folder, `${process.pid}${suffix}`)
  const isFree = own !== undefined && (await makeRoom(own))
  const socket =
    path === undefined
      ? await firstOf(
          [...(pidFile ? [besidePidFile(pidFile)] : []), ...(isFree ? [own] : [])],
          options,
        )
      : await serveUnix(serverFor(options), path).catch(explain)
  if (socket === undefined || !isFree || socket.path === own) return socket
  const unlink = linkTo(socket.path, own)
  const close = async (): Promise<void> => {
    unlink()
    await socket.close()
  }
  return { path: socket.path, close, [Symbol.asyncDispose]: close }
}

async function firstOf(
  paths: readonly string[],
  options: SocketOptions,
): Promise<ServedSocket | undefined> {
  for (const path of paths) {
    try {
      return await serveUnix(serverFor(options), path)
    } catch {
      // A full or read-only disk, a path that is too long, somebody else's file.
    }
  }
  return undefined
}

function serverFor({ onConnection }: SocketOptions): Server {
  // A client may say all it has to say, close its side and wait for the answers: `printf ... | socat - unix:...`.
  const server = createServer({ allowHalfOpen: true }, onConnection)
  // The kernel is out of descriptors: the next connection may do.
  server.on('error', () => {})
  return server
}

/**
 * Whether the name is free. What an earlier process with our pid has left behind goes; one that lives may have our pid, too,
 * in another container that shares the folder.
 */
async function makeRoom(name: string): Promise<boolean> {
  try {
    const there = lstatSync(name)
    if (!(there.isSymbolicLink() || there.isSocket()) || (await isLive(name))) return false
    unlinkSync(name)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}

/** Whether somebody listens there; a link is followed. */
function isLive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code !== 'ENOENT' && code !== 'ECONNREFUSED'),
    )
  })
}

/** A name in the folder for a socket that is elsewhere. */
function linkTo(target: string, name: string): () => void {
  try {
    symlinkSync(target, name)
  } catch {
    return () => {}
  }
  return () => {
    try {
      if (readlinkSync(name) === target) unlinkSync(name)
    } catch {
      // It has gone before us.
    }
  }
}

function explain(error: unknown): never {
  if (!isNunicornError(error)) throw error
  const { code, message, hint = '', cause } = error
  throw new NunicornError({
    code,
    message: `The control socket has no place. ${message}`,
    hint: `${hint} It is set by control-socket; --control-socket=false does without.`.trim(),
    cause,
  })
}
