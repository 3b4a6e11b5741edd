import type { WorkerClass } from '@nunicorn/contract'
import { serveHttp } from '@nunicorn/worker-http'
import type Koa from 'koa'

/** What is needed of an app, whatever the types of its state and context. */
export type KoaApp = Pick<Koa, 'callback'>

/**
 * `-k koa`: an app is an instance of Koa 3, or of a class that extends it.
 *
 * Such an app has no server, so it cannot take upgrades: an app with WebSockets is the http.Server that its author makes
 * of `app.callback()`, and that is for `-k http`.
 */
export const koaClass: WorkerClass<KoaApp> = {
  contract: 1,
  name: 'koa',
  takes: 'a Koa app (an http.Server made of one is for -k http)',
  accepts: isKoa,
  // oxlint-disable-next-line typescript/no-misused-promises -- serveHttp looks after the promise of a listener
  start: async (app, context) => serveHttp({ serve: app.callback() }, context),
}

/** By shape, as the app's copy of Koa need not be the one that is found from here. */
function isKoa(app: unknown): app is KoaApp {
  if (typeof app !== 'object' || app === null) return false
  const { callback, createContext, use, middleware } = app as Partial<Koa>
  return [callback, createContext, use].every(isFunction) && Array.isArray(middleware)
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}
