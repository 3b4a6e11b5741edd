import type { Server } from 'node:http'

import type { WorkerContext } from '@nunicorn/contract'

/** A framework that does part of its work in its own listen(). */
export interface Listening {
  /** The server that the framework listens with. */
  readonly server: Pick<Server, 'listen' | 'address' | 'once'>
  /**
   * Calls the framework's listen(). Name a host other than `localhost`, for which Fastify would make more servers; no
   * socket is opened on it.
   */
  readonly listen: () => PromiseLike<unknown>
}

/**
 * Calls a framework's own listen() over a server whose listen() has no effect: once the worker accepts, and the server says
 * that it listens, the framework knows its address and does what it does then. Resolves when the framework waits for
 * that; rejects if its listen() fails before. `serveHttp` has to come first.
 */
export async function pretendToListen(
  { server, listen }: Listening,
  context: WorkerContext,
): Promise<void> {
  const { promise: waiting, resolve, reject } = Promise.withResolvers<void>()
  server.listen = (...args: unknown[]) => {
    const onListening = args.at(-1)
    if (typeof onListening === 'function') server.once('listening', onListening as () => void)
    resolve()
    return server as Server
  }
  // Fastify takes for granted that there is an address; a worker may have to wait for its first.
  server.address = () => context.addresses()[0] ?? ''
  listen().then(undefined, reject)
  await waiting
}
