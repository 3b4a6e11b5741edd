import { once } from 'node:events'
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net'

import type {
  DrainReport,
  ListenAddress,
  WorkerClass,
  WorkerSettings,
  WorkerStats,
} from '@nunicorn/contract'

import { createContext } from './context.ts'
import { within } from './within.ts'

/** What a class is started with. */
export interface TestWorkerOptions<App> {
  readonly app: App
  /** Where to listen. Default: a free port of 127.0.0.1. */
  readonly binds?: readonly ListenOptions[]
  readonly settings?: Partial<WorkerSettings>
}

/** A worker class at work inside the test process, on real listening sockets. */
export interface TestWorker extends AsyncDisposable {
  addresses(): readonly ListenAddress[]
  /** Accepts on one more socket, as a worker does that stands in for a neighbour. */
  listen(bind: ListenOptions): Promise<ListenAddress>
  /** Leaves as a worker does: closes its sockets, drains the class, awaits background work, runs the close hooks. */
  drain(deadline?: AbortSignal): Promise<DrainReport>
  /** Undefined if the class does not count. */
  stats(): WorkerStats | undefined
  /** False if the class cannot. */
  shed(count: number): boolean
  /** What the class has logged: `error: ...`. */
  readonly logged: readonly string[]
}

const anyPort: ListenOptions = { host: '127.0.0.1', port: 0 }

/** Starts `app` through a worker class, as a nunicorn worker would; disposing of it ends whatever is left. */
export async function startTestWorker<App>(
  workerClass: WorkerClass<App>,
  { app, binds = [anyPort], settings }: TestWorkerOptions<App>,
): Promise<TestWorker> {
  const doors = createDoors()
  const { context, hooks, logged, settle } = createContext({
    addresses: doors.addresses,
    ...(settings && { settings }),
  })
  const running = await workerClass.start(app, context)
  const { onConnection, onOpen } = hooks()
  for (const bind of binds) await doors.open(bind, onConnection)
  onOpen?.()

  async function drain(deadline: AbortSignal = new AbortController().signal): Promise<DrainReport> {
    doors.close()
    const report = await running.drain(deadline)
    await settle()
    return report
  }

  return {
    addresses: doors.addresses,
    listen: (bind) => doors.open(bind, onConnection),
    drain,
    stats: () => running.stats?.(),
    shed(count) {
      running.shed?.(count)
      return running.shed !== undefined
    },
    logged,
    async [Symbol.asyncDispose]() {
      const drained = within(
        drain(AbortSignal.abort()),
        'the end of a drain whose deadline is over',
      )
      await drained.finally(doors.destroy)
    },
  }
}

interface Doors {
  open(bind: ListenOptions, onConnection: (socket: Socket) => void): Promise<ListenAddress>
  close(): void
  destroy(): void
  addresses(): readonly ListenAddress[]
}

function createDoors(): Doors {
  const servers: Server[] = []
  const sockets = new Set<Socket>()
  return {
    async open(bind, onConnection) {
      // Sockets as a worker's own: a client may half-close after its request, and small answers leave at once.
      const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
        sockets.add(socket)
        socket.once('close', () => sockets.delete(socket))
        onConnection(socket)
      })
      server.listen(bind)
      await once(server, 'listening')
      servers.push(server)
      return addressOf(server)
    },
    close() {
      for (const server of servers) if (server.listening) server.close()
    },
    destroy() {
      for (const socket of sockets) socket.destroy()
    },
    addresses: () => servers.filter((server) => server.listening).map(addressOf),
  }
}

function addressOf(server: Server): ListenAddress {
  return server.address() as ListenAddress
}
