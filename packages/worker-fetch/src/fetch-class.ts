import type { RequestListener } from 'node:http'
import { inspect } from 'node:util'

import { getRequestListener, type HttpBindings, RequestError } from '@hono/node-server'
import type { Logger, WorkerClass, WorkerContext } from '@nunicorn/contract'
import { isPlainFunction, serveHttp } from '@nunicorn/worker-http'

/** What a handler gets besides the request. */
export interface FetchContext extends HttpBindings {
  /** Keeps a draining worker alive until `work` has settled, or the graceful timeout is over. */
  waitUntil(work: PromiseLike<unknown>): void
}

/** Answers a request. The context comes twice: second as on most platforms, and third as on Cloudflare's. */
export type FetchHandler = (
  request: Request,
  context: FetchContext,
  sameContext: FetchContext,
) => Response | Promise<Response>

/** `export default { fetch(request) {...} }`, or the handler alone. */
export type FetchApp = FetchHandler | { readonly fetch: FetchHandler }

/**
 * `-k fetch`: an app is `{ fetch }`, or a function of one parameter; a Request comes in, and a Response goes out.
 *
 * Both are those of @hono/node-server, which replaces the global `Request` and `Response` by lighter subclasses, as it does
 * wherever it serves: Node's own cost 25 to 70 us for each request, half to three quarters of what a small app can answer.
 * `instanceof` and `new Request(request)` work with either; a proxy writes `fetch(new Request(request))`. An app that wants Node's own exports
 * `getRequestListener(fetch, { overrideGlobalObjects: false })` for `-k http`.
 */
export const fetchClass: WorkerClass<FetchApp> = {
  contract: 1,
  name: 'fetch',
  takes: 'an object with fetch(request), not a Hono app, or a function of one parameter',
  accepts: (app): app is FetchApp => isHandler(app) || isObjectWithFetch(app),
  start: async (app, context) => serveHttp({ serve: createListener(app, context) }, context),
}

function createListener(app: FetchApp, context: WorkerContext): RequestListener {
  const { log } = context
  const waitUntil = (work: PromiseLike<unknown>): void => context.waitUntil(work)

  function answer(request: Request, bindings: HttpBindings): Response | Promise<Response> {
    const { method, url } = bindings.incoming
    const fail = (error: unknown): Response =>
      answerFailure(error, { log, what: `${method} ${url}` })
    try {
      const own: FetchContext = Object.assign(bindings, { waitUntil })
      const response =
        typeof app === 'function' ? app(request, own, own) : app.fetch(request, own, own)
      return response instanceof Promise
        ? response.then(demandResponse).catch(fail)
        : demandResponse(response)
    } catch (error) {
      return fail(error)
    }
  }

  // oxlint-disable-next-line typescript/no-misused-promises -- serveHttp looks after the promise of a listener
  return getRequestListener(answer as Parameters<typeof getRequestListener>[0], {
    // HTTP/1.0 health checks have no Host, and a Request needs one.
    hostname: 'localhost',
    errorHandler: (error) => answerFailure(error, { log, what: 'a request' }),
  })
}

/**
 * A function of two parameters is taken for a `(request, response)` listener, one of none for a factory; where it is a
 * handler after all, `{ fetch: handler }` says so.
 */
function isHandler(app: unknown): app is FetchHandler {
  return isPlainFunction(app) && app.length === 1
}

/** A Hono app has `fetch` too, but its own class, which also knows its WebSockets; `getPath` gives it away. */
function isObjectWithFetch(app: unknown): app is { readonly fetch: FetchHandler } {
  if (typeof app !== 'object' || app === null) return false
  const { fetch, routes } = app as { fetch?: unknown; routes?: unknown }
  return typeof fetch === 'function' && !(Array.isArray(routes) && 'getPath' in app)
}

/** Whatever looks like one does, but nothing at all is a common mistake. */
function demandResponse(value: Response): Response {
  if (typeof value === 'object' && value !== null) return value
  throw new TypeError(`it returned ${inspect(value)}, and no Response`)
}

function answerFailure(
  error: unknown,
  { log, what }: { readonly log: Logger; readonly what: string },
): Response {
  // The client's mistake: a Host or a path of which no Request can be made.
  if (error instanceof RequestError) return new Response(null, { status: 400 })
  log.error(`The app threw while it answered ${what}: ${inspect(error)}`)
  return new Response('Internal Server Error\n', { status: 500 })
}
