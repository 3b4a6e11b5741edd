import type { RequestListener, Server } from 'node:http'
import type { Server as SecureServer } from 'node:https'

import {
  type CutWork,
  NunicornError,
  type RunningWorker,
  type WorkerContext,
} from '@nunicorn/contract'
import { type ExchangeWatcher, trackServer } from '@nunicorn/shutdown'

import { guardRequests } from './guard-requests.ts'
import { answerHalfClosed } from './half-close.ts'
import { createMeter, type Meter } from './meter.ts'
import { publishRequests } from './requests-in-flight.ts'
import { startSweeps } from './sweeps.ts'
import { applyTimeouts } from './timeouts.ts'

/** What an HTTP worker class makes of its app. */
export interface HttpApp {
  /** Answers requests; or a whole server that does not listen, whose listeners of all kinds count. */
  readonly serve: RequestListener | Server | SecureServer
  /** The framework's own close, called when the last connection is gone. */
  readonly close?: () => unknown
}

// Not imported, because that would load undici: see http-class.ts.
const { createServer } = process.getBuiltinModule('node:http')

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
  const meter = createMeter()
  const tracker = trackServer(server, { watcher: watcherFor(context, meter) })
  const unpublish = publishRequests(tracker)
  const sweeps = startSweeps(tracker, context)
  context.serve((socket) => server.emit('connection', socket), {
    onOpen: () => server.emit('listening'),
  })
  let drained: Promise<{ readonly cut: readonly CutWork[] }> | undefined

  async function drain(deadline: AbortSignal): Promise<{ readonly cut: readonly CutWork[] }> {
    const { cut } = await tracker.drain(deadline)
    sweeps.stop()
    unpublish()
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
    stats: () => ({ ...tracker.stats(), ...meter.read() }),
    shed: (count) => tracker.shed(count),
  }
}

/** Without an access log nothing is asked of an exchange but its status and its times. */
function watcherFor({ accessLog }: WorkerContext, meter: Meter): ExchangeWatcher {
  if (accessLog === undefined) return { ended: meter.count }
  return {
    details: true,
    begun: (request) => accessLog.begun(request),
    ended(exchange) {
      meter.count(exchange)
      accessLog.ended(exchange)
    },
  }
}

/** The server never listens: the worker's own doors do, and hand it their connections. The app shall not see a difference. */
function prepare(server: Server | SecureServer, context: WorkerContext): void {
  server.address = () => context.addresses()[0] ?? null
  applyTimeouts(server, context.settings)
  answerHalfClosed(server)
}

function alreadyListening(): NunicornError {
  return new NunicornError({
    code: 'already-listening',
    message: 'The app is an http.Server that listens already.',
    hint: 'Remove its listen() call: nunicorn owns the listening sockets (--bind).',
  })
}
