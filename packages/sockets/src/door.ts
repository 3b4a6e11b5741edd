import { createServer, type Socket } from 'node:net'

import { type ListenAddress, NunicornError } from '@nunicorn/contract'

import type { Handle } from './native-handle.ts'

/** How a worker serves a socket. */
export interface DoorOptions {
  /** Length of the kernel's accept queue; cut at net.core.somaxconn. */
  readonly backlog: number
  /** Takes each connection; an http server does so with `httpServer.emit('connection', socket)`. */
  readonly onConnection: (socket: Socket) => void
  /** Told when the kernel refuses to hand out a connection. The door stays open: the next one may do. */
  readonly onAcceptError?: (error: Error) => void
  /** The path of a Unix socket, for `address`: it cannot be read back from the handle. */
  readonly path?: string
}

/** One listening socket in a worker. */
export interface Door {
  readonly address: ListenAddress
  /**
   * Stops accepting at once and closes the handle. What is queued in the kernel stays queued as long as another process
   * (the arbiter) has the socket. Connections that were accepted live on. Idempotent.
   */
  close(): void
}

/**
 * Begins to accept connections from a handle that the arbiter sent. The door owns the handle from now on.
 *
 * @throws NunicornError `cannot-listen` when the kernel refuses, as when a foreign server took the port before anyone listened
 */
export function openDoor(handle: Handle, options: DoorOptions): Door {
  const { backlog, onConnection, onAcceptError = ignore, path = '' } = options
  // As http.Server does: a client may half-close after its request, and small answers leave at once.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, onConnection)
  server.on('error', onAcceptError)
  // As second argument, because `listen({ fd, backlog })` ignores the backlog. A Unix handle is served through its
  // descriptor, so `handle` itself must not be closed as well.
  server.listen(handle, backlog)
  if (!server.listening) throw cannotListen(path)
  return {
    address: server.address() ?? path,
    close() {
      if (server.listening) server.close()
    },
  }
}

function cannotListen(path: string): NunicornError {
  return new NunicornError({
    code: 'cannot-listen',
    message: `The kernel refused to listen on ${path || 'the port that was bound'}.`,
    hint: 'Another server took the port while nunicorn started: `ss -ltnp` names it. Stop it, or choose another port.',
  })
}

function ignore(): void {}
