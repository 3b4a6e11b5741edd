import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { hostname } from 'node:os'

import type { Logger } from '@nunicorn/contract'
import { createMetricsPage } from '@nunicorn/metrics'
import { addressUrl, type Listening, listenOn, type OwnAddress } from '@nunicorn/sockets'

import { type AdminSource, type Answer, type AnswerContext, answerTo } from './answers.ts'
import { streamEvents } from './event-stream.ts'
import { limitConnections } from './limit-connections.ts'
import { readPageFiles } from './page-files.ts'
import { isTrustedHost } from './trusted-host.ts'

export interface AdminOptions {
  readonly address: OwnAddress
  readonly source: AdminSource
  readonly log: Logger
  /** A folder with an `index.html` to be shown at `/`, and what that needs. */
  readonly pageFolder?: string
}

/** A server at the admin address. Disposing of it ends it, with all its connections. */
export interface Admin extends AsyncDisposable {
  /** As bound: port 0 has become the kernel's choice. */
  readonly address: OwnAddress
}

/** For a client to send its request, and to take something of its answer. */
const patienceMs = 5_000
const mostHeaderBytes = 8_192
const mostConnections = 100
/** Of a Unix socket's file: for its user and group. */
const mode = 0o660

/**
 * Begins to serve health, metrics, status, events and the web page. Nothing that a client does or leaves undone can hold up
 * the arbiter: all there is has bounds.
 *
 * @throws NunicornError as `bindListener` of `@nunicorn/sockets` does
 */
export async function startAdmin({
  address,
  source,
  log,
  pageFolder,
}: AdminOptions): Promise<Admin> {
  const metrics = createMetricsPage(source)
  const context: AnswerContext = {
    source,
    metrics,
    files: readPageFiles(pageFolder),
    isTrusted: ({ headers }) => isTrustedHost(headers.host, { address, hostname: hostname() }),
  }
  const server = createServer((request, response) => void serve(request, response))
  const listening: Listening = await listenOn(server, address, { mode })
  server.on('error', (error) => log.warning(`The admin address cannot accept: ${error.message}`))
  log.info(`Admin address: ${addressUrl(listening.address)}`)

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      send(response, await answerTo(request, context))
    } catch (error) {
      log.error(`The admin address failed to answer ${request.url}: ${describe(error)}`)
      send(response, { status: 500, contentType: 'text/plain', body: 'it failed; see the log\n' })
    }
  }

  function send(response: ServerResponse, answer: Answer): void {
    for (const [name, value] of Object.entries(safety)) response.setHeader(name, value)
    if ('eventsAfter' in answer) {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      if (response.req.method === 'HEAD') return void response.end()
      return streamEvents(response, { events: source.events, after: answer.eventsAfter })
    }
    const { status, contentType, body, headers } = answer
    response.writeHead(status, {
      'content-type': contentType,
      'content-length': Buffer.byteLength(body),
      ...headers,
    })
    response.end(body)
  }

  return {
    address: listening.address,
    async [Symbol.asyncDispose]() {
      metrics[Symbol.dispose]()
      await listening[Symbol.asyncDispose]()
      server.closeAllConnections()
    },
  }
}

/** Nothing here is to be kept, framed, or read by another site; the page brings all that it needs. */
const safety: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

function createServer(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const options = {
    maxHeaderSize: mostHeaderBytes,
    headersTimeout: patienceMs,
    requestTimeout: patienceMs,
    keepAliveTimeout: patienceMs,
    connectionsCheckingInterval: 1_000,
  }
  // Not imported: see "node:http is not imported but asked for" in ARCHITECTURE.md.
  const server = process.getBuiltinModule('node:http').createServer(options, listener)
  // Or a client that half-closes after its request would get no answer. (Node's types do not know it.)
  Object.assign(server, { httpAllowHalfOpen: true })
  server.timeout = 2 * patienceMs
  limitConnections(server, mostConnections)
  return server
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
