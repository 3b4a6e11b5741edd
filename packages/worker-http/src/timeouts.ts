import type { Server } from 'node:http'
import type { Server as SecureServer } from 'node:https'

import type { WorkerSettings } from '@nunicorn/contract'

/** How often Node looks for connections that exceed their header and request timeouts; its default, 30 s, is no timeout. */
const checkMs = 1_000
/** What a server has if nobody has chosen anything else. Not imported: see http-class.ts. */
const nodes = process.getBuiltinModule('node:http').createServer()

/** Gives `server` the timeouts of the settings, but for those that the app has chosen itself. */
export function applyTimeouts(server: Server | SecureServer, settings: WorkerSettings): void {
  const { keepAliveMs, headerTimeoutMs, bodyTimeoutMs } = settings
  if (server.keepAliveTimeout === nodes.keepAliveTimeout) server.keepAliveTimeout = keepAliveMs
  if (server.requestTimeout === nodes.requestTimeout) server.requestTimeout = bodyTimeoutMs
  if (server.headersTimeout === nodes.headersTimeout) server.headersTimeout = headerTimeoutMs
  // Node swaps the two if the time for the whole is the shorter one.
  if (server.requestTimeout > 0)
    server.headersTimeout = Math.min(server.headersTimeout || Infinity, server.requestTimeout)
  // Node reads it when the server is said to listen.
  Object.assign(server, { connectionsCheckingInterval: checkMs })
}
