import { connect, type Socket } from 'node:net'
import { once } from 'node:events'

import type { ArbiterMessage, BootOrder, WorkerMessage } from '@nunicorn/contract'
import { bindListener, type Handle, type TcpAddress } from '@nunicorn/sockets'
import { vi } from 'vitest'

import { startWorker } from '../src/worker.ts'

/** The process around a worker and the arbiter at the other end of its channel, as far as the worker can see. */
export interface FakeHost extends Disposable {
  order(message: ArbiterMessage, handle?: Handle): void
  /** The channel breaks. */
  disconnect(): void
  /** SIGTERM comes from outside. */
  term(): void
  /** An error that nobody catches is about to end the process. */
  crash(error: unknown): void
  /** What the kernel would say. */
  readonly descriptors: { limit: number; used: number }
  readonly sent: readonly WorkerMessage[]
  readonly log: readonly string[]
  readonly title: string
  /** Resolves with the first message of a type that the worker sends, has it been sent already or not. */
  message<T extends WorkerMessage['type']>(
    type: T,
  ): Promise<Extract<WorkerMessage, { readonly type: T }>>
  /** Resolves with the code of the first exit. */
  readonly exited: Promise<number>
}

export const sample = {
  rssBytes: 80_000_000,
  heapUsedBytes: 20_000_000,
  heapLimitBytes: 4_000_000_000,
  utilisation: 0.5,
  loopDelayMs: 2,
  cpuSeconds: 1.5,
}

/** Starts a worker whose intervals are driven by vitest's fake clock. */
export function startInFakeHost(): FakeHost {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const sent: WorkerMessage[] = []
  const log: string[] = []
  const exit = Promise.withResolvers<number>()
  const descriptors = { limit: 1_024, used: 30 }
  const firsts = new Map<string, PromiseWithResolvers<WorkerMessage>>()
  const write = (message: string): void => void log.push(message)
  let title = ''
  let order: FakeHost['order'] = () => {}
  let disconnect = (): void => {}
  let term = (): void => {}
  let crash: (error: unknown) => void = () => {}

  function first(type: WorkerMessage['type']): PromiseWithResolvers<WorkerMessage> {
    const known = firsts.get(type) ?? Promise.withResolvers()
    firsts.set(type, known)
    return known
  }

  async function exitInstead(): Promise<never> {
    throw new Error(`exited with ${await exit.promise}, having sent ${JSON.stringify(sent)}`)
  }

  startWorker({
    channel: {
      async send(message) {
        sent.push(message)
        first(message.type).resolve(message)
      },
      onMessage: (listener) => void (order = listener),
      onClose: (listener) => void (disconnect = listener),
    },
    log: {
      level: 'info',
      debug: write,
      info: write,
      warning: write,
      error: write,
      critical: write,
    },
    exit: async (code) => exit.resolve(code),
    setTitle: (text) => void (title = text),
    reportFatalErrors() {},
    onCrash: (listener) => void (crash = listener),
    onTerm: (listener) => void (term = listener),
    droppedOutput: () => 7,
    sample: () => sample,
    descriptors: { limit: () => descriptors.limit, used: () => descriptors.used },
  })

  return {
    order: (message, handle) => order(message, handle),
    disconnect: () => disconnect(),
    term: () => term(),
    crash: (error) => crash(error),
    descriptors,
    sent,
    log,
    get title() {
      return title
    },
    message: async (type) => (await Promise.race([first(type).promise, exitInstead()])) as never,
    exited: exit.promise,
    [Symbol.dispose]() {
      vi.useRealTimers()
      Reflect.deleteProperty(globalThis, Symbol.for('nunicorn.worker'))
    },
  }
}

const fixture = (path: string): string => new URL(`fixtures/${path}`, import.meta.url).pathname

/** An order to boot the greeter class with an app of fixtures/apps.ts. */
export function bootOrder(
  order: Partial<BootOrder> & { readonly export?: string } = {},
): ArbiterMessage {
  const { export: name = 'app', workerClass = 'greeter-class.ts', ...rest } = order
  return {
    type: 'boot',
    order: {
      number: 2,
      generation: 1,
      app: `${fixture('apps.ts')}:${name}`,
      appArguments: [],
      name: 'shop',
      workerClass: fixture(workerClass),
      command: import.meta.filename,
      beatMs: 1_000,
      maxRequests: 0,
      workerConnections: 0,
      logLevel: 'info',
      settings: {
        keepAliveMs: 5_000,
        gracefulTimeoutMs: 30_000,
        headerTimeoutMs: 60_000,
        bodyTimeoutMs: 300_000,
        writeTimeoutMs: 60_000,
        requestTimeoutMs: 0,
      },
      ...rest,
    },
  }
}

/** A socket as the arbiter binds it. */
export interface BoundSocket extends Disposable {
  readonly handle: Handle
  /** Opens a connection; resolves when the greeting is there. */
  connect(): Promise<Socket>
  /** Resolves when connections are refused. */
  refusal(): Promise<void>
}

export async function bindSocket(): Promise<BoundSocket> {
  const listener = await bindListener(
    { type: 'tcp', host: '127.0.0.1', port: 0 },
    { slots: 1, reusePort: true },
  )
  const { port } = listener.address as TcpAddress
  const open = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'data')
    return socket
  }
  const tryOpen = (): Promise<boolean> =>
    open().then(
      (socket) => Boolean(socket.destroy()),
      (error: NodeJS.ErrnoException) => error.code !== 'ECONNREFUSED',
    )
  return {
    handle: listener.handle(0),
    connect: open,
    async refusal() {
      while (await tryOpen());
    },
    // Not awaited: in this process the worker's door and the listener share one handle, and the second close of a handle
    // is never reported.
    [Symbol.dispose]: () => void listener.close(),
  }
}

export const listen = { type: 'listen', socket: '0/0', backlog: 511 } as const
export const drain = { type: 'drain', deadlineMs: 30_000, acceptQueued: true } as const

/** Makes a worker ready, accepting on one socket. */
export async function startReady(
  host: FakeHost,
  socket: BoundSocket,
  order: ArbiterMessage = bootOrder(),
): Promise<void> {
  host.order(listen, socket.handle)
  host.order(order)
  await host.message('ready')
}
