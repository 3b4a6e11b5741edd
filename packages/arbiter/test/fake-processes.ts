import type { ArbiterMessage, ProcessSample, WorkerMessage } from '@nunicorn/contract'
import type { Handle } from '@nunicorn/sockets'

import type { SpawnOrder, SpawnWorker } from '../src/ports.ts'

/** A worker process that does only what the test makes it do, and remembers what it was told. */
export interface FakeProcess {
  readonly pid: number
  readonly order: SpawnOrder
  readonly mail: readonly Mail[]
  readonly signals: readonly NodeJS.Signals[]
  /** The sockets it has by what it was sent; wrong mail throws in the arbiter. */
  readonly sockets: ReadonlySet<string>
  say(message: WorkerMessage): void
  ready(): void
  beat(more?: {
    readonly droppedOutput?: number
    readonly kept?: number
    readonly requests?: number
    readonly process?: Partial<ProcessSample>
  }): void
  /** Has closed its copy of a socket, and wants another. */
  askSocket(socket: string): void
  exit(exit?: { readonly code?: number; readonly signal?: NodeJS.Signals }): void
}

export interface Mail {
  readonly message: ArbiterMessage
  readonly handle: Handle | undefined
}

export interface FakeProcesses {
  /** All that were ever started, oldest first. */
  readonly all: readonly FakeProcess[]
  /** Those that have not ended. */
  readonly alive: readonly FakeProcess[]
  readonly spawnWorker: SpawnWorker
  /** The next ones cannot be started, until further notice. */
  failing: boolean
}

export function createFakeProcesses(): FakeProcesses {
  const all: FakeProcess[] = []
  const ended = new Set<FakeProcess>()
  const processes = {
    all,
    failing: false,
    get alive() {
      return all.filter((process) => !ended.has(process))
    },
    spawnWorker(order: SpawnOrder): ReturnType<SpawnWorker> {
      if (processes.failing) return stillborn(order)
      const process = createProcess({
        order,
        pid: 1_000 + all.length,
        onEnd: () => ended.add(process),
      })
      all.push(process)
      return process
    },
  }
  return processes
}

/** As `child_process` reports it: not before the next tick. */
function stillborn(order: SpawnOrder): ReturnType<SpawnWorker> {
  queueMicrotask(() => order.onExit({ code: null, signal: null, spawnError: 'spawn EAGAIN' }))
  return { pid: undefined, send() {}, signal() {} }
}

type Created = FakeProcess & ReturnType<SpawnWorker> & { readonly pid: number }

function createProcess({
  order,
  pid,
  onEnd,
}: {
  readonly order: SpawnOrder
  readonly pid: number
  onEnd(): void
}): Created {
  const mail: Mail[] = []
  const signals: NodeJS.Signals[] = []
  const sockets = new Set<string>()
  const say = (message: WorkerMessage): void => order.onMessage(message)
  return {
    pid,
    order,
    mail,
    signals,
    sockets,
    send(message, handle) {
      mail.push({ message, handle })
      keepBooks(sockets, { message, handle })
    },
    signal: (signal) => void signals.push(signal),
    say,
    ready: () => say({ type: 'ready', workerClass: 'fake' }),
    askSocket(socket) {
      sockets.delete(socket)
      say({ type: 'ask-socket', socket })
    },
    beat({ droppedOutput = 0, kept, requests = 0, process } = {}) {
      say({
        type: 'beat',
        stats: {
          requests,
          inFlight: 0,
          connections: 0,
          ...(kept === undefined ? {} : { kept }),
        },
        process: {
          rssBytes: 80_000_000,
          heapUsedBytes: 20_000_000,
          heapLimitBytes: 4_000_000_000,
          utilisation: 0.5,
          loopDelayMs: 2,
          cpuSeconds: 1.5,
          ...process,
        },
        droppedOutput,
      })
    },
    exit({ code, signal } = { code: 0 }) {
      onEnd()
      order.onExit({ code: code ?? null, signal: signal ?? null })
    },
  }
}

/** Only differences may be sent: no socket twice, none taken away that was not given. */
function keepBooks(sockets: Set<string>, { message, handle }: Mail): void {
  if (message.type === 'listen') {
    if (handle === undefined) throw new Error(`${message.socket} came without a handle`)
    if (sockets.has(message.socket)) throw new Error(`${message.socket} was sent twice`)
    sockets.add(message.socket)
  }
  if (message.type === 'unlisten' && !sockets.delete(message.socket))
    throw new Error(`${message.socket} was never given`)
}
