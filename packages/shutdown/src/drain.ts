import { Server as NetServer } from 'node:net'

import type { Connections, DrainableServer } from './connections.ts'
import type { CutWork, DrainReport } from './report.ts'

/** How often a drain looks for connections that have been quiet for too long. */
const sweepMs = 50
/** How long event streams that were ended at the deadline have to reach the kernel. */
const flushMs = 250

/** One drain of one server: begins when it is made. */
export class Drain {
  readonly done: Promise<DrainReport>
  readonly #resolve: (report: DrainReport) => void
  readonly #server: DrainableServer
  readonly #connections: Connections
  readonly #sweeps: NodeJS.Timeout
  readonly #over = new AbortController()
  #listening: boolean
  #cut: readonly CutWork[] | undefined

  constructor(server: DrainableServer, connections: Connections) {
    const { promise, resolve } = Promise.withResolvers<DrainReport>()
    this.done = promise
    this.#resolve = resolve
    this.#server = server
    this.#connections = connections
    this.#listening = server.listening
    this.#sweeps = setInterval(() => connections.sweep(performance.now()), sweepMs)
    this.#stopAccepting()
    connections.drain(performance.now())
    connections.sweep(performance.now())
    this.check()
  }

  /** Cuts what is left once `deadline` aborts. */
  cutAt(deadline: AbortSignal): void {
    if (deadline.aborted) this.#cutNow()
    else deadline.addEventListener('abort', () => this.#cutNow(), { signal: this.#over.signal })
  }

  /** To be called when a connection has gone. */
  check(): void {
    if (this.#connections.size === 0 && !this.#listening) this.#finish()
  }

  /**
   * Closes the listening handle alone, as the `close()` of a bare net.Server does. Those of http and http2 would go on to
   * destroy idle connections and to close sessions.
   *
   * The `close` event then also waits for connections that were accepted before the server was tracked.
   */
  #stopAccepting(): void {
    if (!this.#listening) return
    this.#server.once('close', () => {
      this.#listening = false
      this.check()
    })
    NetServer.prototype.close.call(this.#server)
  }

  #cutNow(): void {
    if (this.#cut || this.#over.signal.aborted) return
    this.#cut = this.#connections.cut(performance.now())
    const timer = setTimeout(() => {
      this.#connections.destroy()
      if ('closeAllConnections' in this.#server) this.#server.closeAllConnections()
      setImmediate(() => this.#finish())
    }, flushMs)
    this.#over.signal.addEventListener('abort', () => clearTimeout(timer))
  }

  #finish(): void {
    clearInterval(this.#sweeps)
    this.#connections.close()
    this.#over.abort()
    this.#resolve({ cut: this.#cut ?? [] })
  }
}
