import type { RequestListener, Server } from 'node:http'
import type { Server as SecureServer } from 'node:https'

import {
  type CutWork,
  NunicornError,
  type RunningWorker,
  type WorkerContext,
} from '@nunicorn/contract'
import { trackServer } from '@nunicorn/shutdown'

import { guardRequests } from './guard-requests.ts'

/** What an HTTP worker class makes of its app. */
export interface HttpApp {
  /** Answers requests; or a whole server that does not listen, whose listeners of all kinds count. */
  readonly serve: RequestListener | Server | SecureServer
  /** The framework's own close, called when the last connection is gone. */
  readonly close?: () => unknown
}

/** How often Node looks for connections that exceed their header and request timeouts; its default, 30 s, is no timeout. */
const sweepMs = 1_000
// Not imported, because that would load undici: see http-class.ts.
const { createServer } = process.getBuiltinModule('node:http')
/** What a server has if nobody has chosen anything else. */
const { keepAliveTimeout: nodesKeepAliveMs } = createServer()

/**
 * Runs an HTTP app in a worker: the one place where connections, keep-alive, draining and counting are dealt with, for
 * every class that speaks HTTP.
 *
 * @throws NunicornError `already-listening` if the given server listens itself.
 */
export function serveHttp(app: HttpApp, context: WorkerContext): RunningWorker {
  const server = typeof app.serve === 'function' ? createServer(app.serve) : app.serve
  if (server.listening) throw alreadyListening()
  guardRequests(server, context.log)
  prepare(server, context)
  const tracker = trackServer(server)
  context.serve((socket) => server.emit('connection', socket), {
    onOpen: () => server.emit('listening'),
  })
  let drained: Promise<{ readonly cut: readonly CutWork[] }> | undefined

  async function drain(deadline: AbortSignal): Promise<{ readonly cut: readonly CutWork[] }> {
    const { cut } = await tracker.drain(deadline)
    await app.close?.()
    // To close an idle connection cuts nothing that anybody waits for.
    const work = cut.filter(({ kind }) => kind !== 'idle')
    return {
      cut: work.map(({ kind, method, url, ageMs, bytes }) => ({
        kind,
        what: [method, url].filter(Boolean).join(' ') || kind,
        ageMs,
        bytes,
      })),
    }
  }

  return {
    drain: (deadline) => (drained ??= drain(deadline)),
    stats: () => tracker.stats(),
    shed: (count) => tracker.shed(count),
  }
}

/** The server never listens: the worker's own doors do, and hand it their connections. The app shall not see a difference. */
function prepare(server: Server | SecureServer, context: WorkerContext): void {
  server.address = () => context.addresses()[0] ?? null
  if (server.keepAliveTimeout === nodesKeepAliveMs)
    server.keepAliveTimeout = context.settings.keepAliveMs
  // Without it a client that half-closes after its request gets no answer.
  Object.assign(server, { httpAllowHalfOpen: true, connectionsCheckingInterval: sweepMs })
}

function alreadyListening(): NunicornError {
  return new NunicornError({
    code: 'already-listening',
    message: 'The app is an http.Server that listens already.',
    hint: 'Remove its listen() call: nunicorn owns the listening sockets (--bind).',
  })
}
