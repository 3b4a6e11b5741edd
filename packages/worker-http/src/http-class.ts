import type { RequestListener, Server } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import { setImmediate } from 'node:timers/promises'

import type { WorkerClass } from '@nunicorn/contract'

import { isPlainFunction } from './plain-function.ts'
import { serveHttp } from './serve-http.ts'

/** `-k http`: an app is a `(req, res)` listener, or an `http.Server` that does not listen. */
export const httpClass: WorkerClass<RequestListener | Server | SecureServer> = {
  contract: 1,
  name: 'http',
  takes: 'a (req, res) listener, or an http.Server that does not listen',
  accepts: (app): app is RequestListener | Server | SecureServer =>
    isPlainFunction(app) || isServer(app),
  async start(app, context) {
    // A listen() that names a host has begun only by the next turn of the event loop, and is to be refused.
    await setImmediate()
    return serveHttp({ serve: app }, context)
  },
}

/**
 * Importing node:http would read all its exports, among them WebSocket, which loads undici: 50 ms and 13 MB in every
 * worker. An instance of https.Server can only be there once node:https is.
 */
function isServer(app: unknown): app is Server | SecureServer {
  if (typeof app !== 'object' || app === null) return false
  const { getBuiltinModule } = process
  return (
    app instanceof getBuiltinModule('node:http').Server ||
    app instanceof getBuiltinModule('node:https').Server
  )
}
