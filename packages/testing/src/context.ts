import type { Socket } from 'node:net'

import type { Logger, WorkerContext, WorkerSettings } from '@nunicorn/contract'

/** A context for a class under test, and what the class did with it. */
export interface TestContext {
  readonly context: WorkerContext
  readonly logged: readonly string[]
  /** What the class gave to `serve`. Throws if it did not call it. */
  hooks(): Hooks
  /** Awaits the background work, then runs the close hooks. */
  settle(): Promise<void>
}

interface Hooks {
  readonly onConnection: (socket: Socket) => void
  readonly onOpen: (() => void) | undefined
}

const defaults: WorkerSettings = {
  keepAliveMs: 5_000,
  gracefulTimeoutMs: 30_000,
  headerTimeoutMs: 60_000,
  bodyTimeoutMs: 300_000,
  writeTimeoutMs: 60_000,
  requestTimeoutMs: 0,
}

export function createContext(options: {
  readonly addresses: WorkerContext['addresses']
  readonly settings?: Partial<WorkerSettings>
}): TestContext {
  const logged: string[] = []
  const background: PromiseLike<unknown>[] = []
  const closing: (() => unknown)[] = []
  let hooks: Hooks | undefined

  return {
    logged,
    context: {
      number: 1,
      generation: 1,
      settings: { ...defaults, ...options.settings },
      log: createLog(logged),
      addresses: options.addresses,
      serve(onConnection, given) {
        hooks = { onConnection, onOpen: given?.onOpen }
      },
      waitUntil: (work) => void background.push(work),
      onClose: (close) => void closing.push(close),
    },
    hooks() {
      if (hooks) return hooks
      throw new Error(
        'start() resolved without having called context.serve(): no connection would ever reach the app',
      )
    },
    async settle() {
      await Promise.allSettled(background)
      for (let close = closing.pop(); close; close = closing.pop()) await close()
    },
  }
}

function createLog(lines: string[]): Logger {
  const at = (level: string) => (message: string) => void lines.push(`${level}: ${message}`)
  return {
    debug: at('debug'),
    info: at('info'),
    warning: at('warning'),
    error: at('error'),
    critical: at('critical'),
  }
}
