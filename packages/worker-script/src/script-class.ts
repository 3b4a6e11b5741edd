import { Server as HttpServer } from 'node:http'
import { Server as SecureServer } from 'node:https'
import type { Server } from 'node:net'

import type { WorkerClass } from '@nunicorn/contract'
import { serveHttp } from '@nunicorn/worker-http'

import { loadProgram } from './load-program.ts'
import { serveSockets } from './serve-sockets.ts'

/** `-k script`: APP is an unmodified program; the first server that it listens with is served. */
export const scriptClass: WorkerClass<Server> = {
  contract: 1,
  name: 'script',
  takes: 'a program that calls listen() itself',
  load: loadProgram,
  async start(server, context) {
    const app = { serve: server, close: () => server.emit('close') }
    const running = speaksHttp(app) ? serveHttp(app, context) : serveSockets(app, context)
    Object.defineProperties(server, pretence)
    return {
      ...running,
      drain(deadline) {
        Reflect.deleteProperty(server, 'listening')
        return running.drain(deadline)
      },
    }
  },
}

/**
 * What the program sees of its server, which does not listen. To close it is the business of nunicorn: when the program
 * does so, as many do at SIGTERM, that would only cut connections which others still count on, so it is put off until
 * the worker has drained.
 */
const pretence: PropertyDescriptorMap & ThisType<Server> = {
  listening: { value: true, configurable: true },
  close: {
    value(callback?: () => void) {
      if (callback) this.once('close', () => callback())
      return this
    },
    configurable: true,
    writable: true,
  },
  // Programs that also ran on Node < 19 call it along with close().
  closeIdleConnections: { value() {}, configurable: true, writable: true },
}

/** HTTP/2 servers have no class that could be imported, but they alone have settings; `serveHttp` can drain them too. */
function speaksHttp(app: {
  readonly serve: Server
}): app is { readonly serve: HttpServer | SecureServer } {
  const { serve: server } = app
  return (
    server instanceof HttpServer || server instanceof SecureServer || 'updateSettings' in server
  )
}
