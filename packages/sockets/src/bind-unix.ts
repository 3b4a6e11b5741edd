import { chmod } from 'node:fs/promises'
import { resolve } from 'node:path'

import type { UnixAddress } from './address.ts'
import { explainBindError } from './bind-error.ts'
import type { BindOptions, BoundListener } from './bound-listener.ts'
import { bindUnixHandle, closeHandle, type Handle } from './native-handle.ts'
import { claimSocketPath, look, watchSocketFile } from './socket-file.ts'

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
    lock = await claimSocketPath(path)
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

interface SocketFile {
  readonly handle: Handle
  /** Whether the file at the path is still this one. */
  isThere(): boolean
  close(): Promise<void>
}

function bindFile(path: string): SocketFile {
  const handle = bindUnixHandle(path)
  const isThere = watchSocketFile(path)
  return {
    handle,
    isThere,
    async close() {
      // Closing unlinks the path. If another server's file is there by now, the descriptor is left to the end of the process.
      if (look(path) === undefined || isThere()) await closeHandle(handle)
    },
  }
}
