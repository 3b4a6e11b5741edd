import type { WorkerClass } from '@nunicorn/contract'
import { serveHttp } from '@nunicorn/worker-http'
import type { Express } from 'express'

/**
 * `-k express`: an app is what `express()` returns, of Express 4 or 5.
 *
 * Such an app is a request listener and has no server, so it cannot take upgrades: an app with WebSockets is the
 * http.Server that its author makes of it, and that is for `-k http`.
 */
export const expressClass: WorkerClass<Express> = {
  contract: 1,
  name: 'express',
  takes: 'an Express app (an http.Server made of one is for -k http)',
  accepts: isExpress,
  start: async (app, context) => serveHttp({ serve: app }, context),
}

/** A Router, and an app of connect, is a function with `use` too; only an app of Express has settings and view engines. */
function isExpress(app: unknown): app is Express {
  if (typeof app !== 'function') return false
  const { use, set, engine, settings } = app as Partial<Express>
  return [use, set, engine].every(isFunction) && typeof settings === 'object'
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}
