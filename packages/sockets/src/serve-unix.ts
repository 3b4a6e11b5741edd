import { once } from 'node:events'
import type { Server } from 'node:net'
import { resolve } from 'node:path'

import { explainBindError } from './bind-error.ts'
import { closeHandle, type Handle } from './native-handle.ts'
import { claimSocketPath, look, watchSocketFile } from './socket-file.ts'

/** A Unix socket on which a server of this process listens. */
export interface ServedSocket extends AsyncDisposable {
  /** Absolute. */
  readonly path: string
  /** Accepts no more, and removes the socket file if it is still ours. Connections live on. Idempotent. */
  close(): Promise<void>
}

/**
 * Lets a server of this very process listen on a Unix socket, which no child inherits. Replaces a dead socket file, and
 * nothing else: of two that begin at the same time one gets the path.
 *
 * @throws NunicornError as `bindListener` does
 */
export async function serveUnix(
  server: Server,
  given: string,
  /** By default only this user may connect. */
  { mode = 0o600 }: { readonly mode?: number } = {},
): Promise<ServedSocket> {
  const path = resolve(given)
  let lock: Handle | undefined
  let closing: Promise<void> | undefined
  try {
    lock = await claimSocketPath(path)
    await listen(server, path, mode)
  } catch (error) {
    if (lock !== undefined) await closeHandle(lock)
    throw explainBindError({ type: 'unix', path }, error)
  }
  const isThere = watchSocketFile(path)

  async function close(): Promise<void> {
    // Closing unlinks the path. If another server's file is there by now, the descriptor is left to the end of the process.
    if (look(path) === undefined || isThere()) server.close()
    if (lock !== undefined) await closeHandle(lock)
  }

  return {
    path,
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  }
}

/** The file comes into being, with its permissions, within the call of `listen`. */
async function listen(server: Server, path: string, mode: number): Promise<void> {
  const umask = process.umask(0o777 & ~mode)
  try {
    server.listen(path)
  } finally {
    process.umask(umask)
  }
  await once(server, 'listening')
}
