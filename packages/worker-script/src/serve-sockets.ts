import type { Server, Socket } from 'node:net'

import type { CutWork, RunningWorker, WorkerContext } from '@nunicorn/contract'

interface SocketApp {
  readonly serve: Server
  /** Called when the last connection is gone. */
  readonly close: () => unknown
}

/**
 * Runs a server of which nothing is known but that it takes connections. Draining it means to wait until they end, which
 * is up to the clients and to the program.
 */
export function serveSockets(
  { serve: server, close }: SocketApp,
  context: WorkerContext,
): RunningWorker {
  const open = new Map<Socket, number>()
  let accepted = 0
  let allGone: (() => void) | undefined
  let drained: Promise<{ readonly cut: readonly CutWork[] }> | undefined

  function accept(socket: Socket): void {
    accepted += 1
    open.set(socket, performance.now())
    socket.once('close', () => {
      open.delete(socket)
      if (open.size === 0) allGone?.()
    })
    socket.allowHalfOpen = allowsHalfOpen(server)
    server.emit('connection', socket)
  }

  async function drain(deadline: AbortSignal): Promise<{ readonly cut: readonly CutWork[] }> {
    let cut: readonly CutWork[] = []
    const cutAll = (): void => {
      cut = [...open].map(describe)
      for (const socket of open.keys()) socket.destroy()
    }
    if (deadline.aborted) cutAll()
    deadline.addEventListener('abort', cutAll, { once: true })
    if (open.size > 0) await new Promise<void>((resolve) => (allGone = resolve))
    deadline.removeEventListener('abort', cutAll)
    await close()
    return { cut }
  }

  server.address = () => context.addresses()[0] ?? null
  context.serve(accept, { onOpen: () => server.emit('listening') })
  return {
    drain: (deadline) => (drained ??= drain(deadline)),
    stats: () => ({ requests: accepted, inFlight: open.size, connections: open.size }),
  }
}

/** Node's own type leaves it out. The sockets of a worker allow it, and a program that does not would never end them. */
function allowsHalfOpen(server: Server): boolean {
  return (server as { readonly allowHalfOpen?: boolean }).allowHalfOpen ?? false
}

function describe([socket, openedAt]: readonly [Socket, number]): CutWork {
  return {
    kind: 'connection',
    what: `a connection of ${socket.remoteAddress ?? 'a Unix socket'}`,
    ageMs: Math.round(performance.now() - openedAt),
    bytes: socket.bytesWritten,
  }
}
