import { createServer, type RequestListener } from 'node:http'

import {
  createAdaptorServer,
  getRequestListener,
  type WebSocketServerLike,
} from '@hono/node-server'
import type { WorkerClass, WorkerContext } from '@nunicorn/contract'
import { serveHttp } from '@nunicorn/worker-http'
import type { ExecutionContext, Hono } from 'hono'
import { WebSocketServer } from 'ws'

import { answerUpgrades } from './answer-upgrades.ts'

/** A Hono app, whatever its types of environment, schema and base path. */
export interface HonoApp {
  fetch(
    request: Request,
    bindings: object,
    execution: ExecutionContext,
  ): Response | Promise<Response>
}

/**
 * `-k hono`: an app is a Hono app. It is served by @hono/node-server as by its `serve(app)`, with WebSockets, so that
 * `c.env` has `incoming` and `outgoing`; and `c.executionCtx` has the worker's `waitUntil`.
 */
export const honoClass: WorkerClass<HonoApp> = {
  contract: 1,
  name: 'hono',
  takes: 'a Hono app',
  accepts: isHono,
  async start(app, context) {
    const execution = createExecution(context)
    const fetch = (request: Request, bindings: object): unknown =>
      app.fetch(request, bindings, execution)
    // HTTP/1.0 health checks have no Host, and a Request needs one.
    const answer = getRequestListener(fetch, { hostname: 'localhost' }) as RequestListener
    const server = createServer(answer)
    const sockets = new WebSocketServer({ noServer: true }) as WebSocketServerLike
    answerUpgrades(server, createAdaptorServer({ fetch, websocket: { server: sockets } }))
    return serveHttp({ serve: server, close: () => sockets.close() }, context)
  },
}

/** `getPath` is Hono's own: other things with `fetch` and `routes`, such as Elysia and itty-router, lack it. */
function isHono(app: unknown): app is HonoApp {
  if (typeof app !== 'object' || app === null) return false
  const { fetch, routes } = app as Partial<Hono>
  return typeof fetch === 'function' && Array.isArray(routes) && 'getPath' in app
}

function createExecution(context: WorkerContext): ExecutionContext {
  return {
    waitUntil: (work) => context.waitUntil(work),
    // There is no origin behind nunicorn to pass a failed request to.
    passThroughOnException() {},
    props: {},
  }
}
