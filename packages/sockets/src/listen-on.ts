import { lstatSync } from 'node:fs'
import type { AddressInfo, ListenOptions, Server } from 'node:net'
import { resolve } from 'node:path'

import type { Address, TcpAddress, UnixAddress } from './address.ts'
import { explainBindError } from './bind-error.ts'
import { resolveHost } from './bind-tcp.ts'
import type { claim } from './claim.ts'
import { closeHandle } from './native-handle.ts'
import { claimSocketPath } from './socket-file.ts'

/** A server that listens in this process. */
export interface Listening extends AsyncDisposable {
  /** As bound: port 0 has become the kernel's choice. */
  readonly address: Address
}

/**
 * Lets a server of this process listen on `address`; no child inherits it. Of a Unix socket, a dead file is replaced and
 * nothing else is, and the file has the permissions `mode` from the beginning. Disposing of it closes the server; connections
 * that are open are the caller's business.
 *
 * @throws NunicornError as `bindListener` does
 */
export async function listenOn(
  server: Server,
  address: Address,
  { mode }: { readonly mode: number },
): Promise<Listening> {
  return address.type === 'tcp'
    ? await listenTcp(server, address)
    : await listenUnix(server, address, mode)
}

async function listenTcp(server: Server, wanted: TcpAddress): Promise<Listening> {
  const host = await resolveHost(wanted)
  try {
    await listening(server, { host, port: wanted.port })
  } catch (error) {
    throw explainBindError(wanted, error)
  }
  const { port } = server.address() as AddressInfo
  return {
    address: { ...wanted, port },
    [Symbol.asyncDispose]: async () => void server.close(),
  }
}

async function listenUnix(server: Server, wanted: UnixAddress, mode: number): Promise<Listening> {
  const path = resolve(wanted.path)
  let lock: ReturnType<typeof claim>
  try {
    lock = await claimSocketPath(path)
    await listeningWithMode(server, path, mode)
  } catch (error) {
    if (lock) await closeHandle(lock)
    throw explainBindError(wanted, error)
  }
  const ours = inodeOf(path)
  return {
    address: { type: 'unix', path },
    async [Symbol.asyncDispose]() {
      // Closing unlinks the path, no matter whose file is there by then.
      if (inodeOf(path) === ours) server.close()
      if (lock) await closeHandle(lock)
      lock = undefined
    },
  }
}

/** bind(2) makes the file within `listen`, with the umask of that moment: nobody can connect before the mode is right. */
function listeningWithMode(server: Server, path: string, mode: number): Promise<void> {
  const umask = process.umask(0o777 & ~mode)
  try {
    return listening(server, { path })
  } finally {
    process.umask(umask)
  }
}

function listening(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(options, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function inodeOf(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.ino
}
