import { once } from 'node:events'
import type { AddressInfo, Server, Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'

import {
  type DrainableServer,
  type ServerTracker,
  trackServer,
  type TrackOptions,
} from '@nunicorn/shutdown'

/** A tracked server that listens. */
export interface TrackedServer<S> extends AsyncDisposable {
  readonly server: S
  readonly tracker: ServerTracker
  readonly port: number
}

export async function listen<S extends DrainableServer>(
  server: S,
  options?: TrackOptions,
): Promise<TrackedServer<S>> {
  const tracker = trackServer(server, options)
  return { server, tracker, ...(await open(server)) }
}

/** Makes a server listen that is destroyed with all its connections in the end. */
export async function open(server: Server): Promise<{ readonly port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A deadline that does not come. */
export function noDeadline(): AbortSignal {
  return new AbortController().signal
}

/** Resolves when `condition` holds; the time limit of the test is its own. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setImmediate()
}
