import { type ListenOptions, Server } from 'node:net'

type Listen = (this: Server, ...args: unknown[]) => Server

/** Catches the next call of listen(), whichever server it is of. After that, or when it is disposed of, all is as it was. */
export interface FirstListen extends Disposable {
  /** Resolves with the server, which does not listen; the callback of listen() waits for its `listening` event. */
  readonly server: Promise<Server>
}

export function catchFirstListen(): FirstListen {
  const { promise, resolve } = Promise.withResolvers<Server>()
  const prototype = Server.prototype as unknown as { listen: Listen }
  const { listen } = prototype
  let over = false

  function restore(): void {
    over = true
    // Somebody who has wrapped it since goes on calling this one.
    if (prototype.listen === listenFirst) prototype.listen = listen
  }

  function listenFirst(this: Server, ...args: unknown[]): Server {
    if (over) return Reflect.apply(listen, this, args)
    restore()
    const callback = args.at(-1)
    if (typeof callback === 'function') this.once('listening', callback as () => void)
    this.prependOnceListener('listening', () => settleHost(args[0] as ListenOptions, this))
    resolve(this)
    return this
  }

  prototype.listen = listenFirst
  return { server: promise, [Symbol.dispose]: restore }
}

/**
 * Once Fastify listens on `localhost` it looks into the options that it gave to listen(), and begins to listen on each
 * other address of that name with a server of its own. But which addresses there are is for nunicorn to say (--bind).
 */
function settleHost(options: ListenOptions | undefined, server: Server): void {
  const address = server.address()
  if (options?.host === 'localhost' && typeof address === 'object' && address)
    options.host = address.address
}
