import { inspect } from 'node:util'

import { getRequestListener, type HttpBindings, RequestError } from '@hono/node-server'
import type { Logger, WorkerClass } from '@nunicorn/contract'
import { serveHttp } from '@nunicorn/worker-http'

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

/** `-k fetch`: an app is `{ fetch }`, or a function of one parameter; a Request comes in, and a Response goes out. */
export const fetchClass: WorkerClass<FetchApp> = {
  contract: 1,
  name: 'fetch',
  takes: 'an object with fetch(request), not a Hono app, or a function of one parameter',
  accepts: (app): app is FetchApp => isHandler(app) || isObjectWithFetch(app),
  async start(app, context) {
    const waitUntil = (work: PromiseLike<unknown>): void => context.waitUntil(work)
    const answer = getRequestListener(
      (request, bindings) => {
        const own = Object.assign(bindings, { waitUntil }) as FetchContext
        return typeof app === 'function' ? app(request, own, own) : app.fetch(request, own, own)
      },
      {
        // HTTP/1.0 health checks have no Host, and a Request needs one.
        hostname: 'localhost',
        errorHandler: (error) => answerFailure(error, context.log),
      },
    )
    // oxlint-disable-next-line typescript/no-misused-promises -- serveHttp looks after the promise of a listener
    return serveHttp({ serve: answer }, context)
  },
}

/**
 * A function of two parameters is taken for a `(request, response)` listener, one of none for a factory; where it is a
 * handler after all, `{ fetch: handler }` says so.
 */
function isHandler(app: unknown): app is FetchHandler {
  return typeof app === 'function' && app.length === 1 && !isClass(app)
}

function isClass(value: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value))
}

/** A Hono app has `fetch` too, but its own class, which also knows its WebSockets; `getPath` gives it away. */
function isObjectWithFetch(app: unknown): app is { readonly fetch: FetchHandler } {
  if (typeof app !== 'object' || app === null) return false
  const { fetch, routes } = app as { fetch?: unknown; routes?: unknown }
  return typeof fetch === 'function' && !(Array.isArray(routes) && 'getPath' in app)
}

function answerFailure(error: unknown, log: Logger): Response {
  // The client's mistake: a Host or a path of which no Request can be made.
  if (error instanceof RequestError) return new Response(null, { status: 400 })
  log.error(`The app threw: ${inspect(error)}`)
  return new Response('Internal Server Error\n', { status: 500 })
}
