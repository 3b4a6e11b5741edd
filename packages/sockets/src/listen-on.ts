import type { AddressInfo, ListenOptions, Server } from 'node:net'

import type { OwnAddress, TcpAddress, UnixAddress } from './address.ts'
import { explainBindError } from './bind-error.ts'
import { resolveHost } from './bind-tcp.ts'
import { serveUnix } from './serve-unix.ts'

/** A server that listens in this process. */
export interface Listening extends AsyncDisposable {
  /** As bound: port 0 has become the kernel's choice. */
  readonly address: OwnAddress
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
  address: OwnAddress,
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

async function listenUnix(server: Server, { path }: UnixAddress, mode: number): Promise<Listening> {
  const served = await serveUnix(server, path, { mode })
  return {
    address: { type: 'unix', path: served.path },
    [Symbol.asyncDispose]: () => served.close(),
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
