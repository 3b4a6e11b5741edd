import { type RequestListener, Server } from 'node:http'
import { Server as SecureServer } from 'node:https'

import type { WorkerClass } from '@nunicorn/contract'

import { serveHttp } from './serve-http.ts'

/** `-k http`: an app is a `(req, res)` listener, or an `http.Server` that does not listen. */
export const httpClass: WorkerClass<RequestListener | Server | SecureServer> = {
  contract: 1,
  name: 'http',
  takes: 'a (req, res) listener, or an http.Server that does not listen',
  accepts: (app): app is RequestListener | Server | SecureServer =>
    isListener(app) || app instanceof Server || app instanceof SecureServer,
  start: async (app, context) => serveHttp({ serve: app }, context),
}

/** A class is a function too, but calling it for a request would only throw. */
function isListener(app: unknown): app is RequestListener {
  return typeof app === 'function' && !/^class\b/.test(Function.prototype.toString.call(app))
}
