import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

import { waitUntil } from '@nunicorn/worker'

type Route = (
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
) => void | Promise<void>

const routes: Readonly<Record<string, Route>> = {
  /** A JSON answer. */
  '/': (_request, response) => sendJson(response, { hello: 'world', routes: Object.keys(routes) }),

  /** Which worker answered. */
  '/worker': (_request, response) =>
    sendJson(response, {
      worker: Number(process.env['NUNICORN_WORKER']),
      generation: Number(process.env['NUNICORN_GENERATION']),
      pid: process.pid,
    }),

  /** A slow answer: /slow?ms=2000. */
  '/slow': async (_request, response, query) => {
    const ms = Number(query.get('ms') ?? 1_000)
    await sleep(ms)
    sendJson(response, { sleptMs: ms })
  },

  /** A stream, one line at a time: /stream?lines=10. */
  '/stream': async (_request, response, query) => {
    response.setHeader('content-type', 'text/plain')
    for (let line = 1; line <= Number(query.get('lines') ?? 5); line += 1) {
      response.write(`line ${line}\n`)
      await sleep(200)
    }
    response.end()
  },

  /** Answers at once and goes on working; a reload waits for the work. */
  '/later': (_request, response) => {
    waitUntil(sleep(500).then(() => console.log('the background job is done')))
    sendJson(response, { accepted: true })
  },

  /** Blocks the event loop, to see what nunicorn does about it: /block?ms=60000. */
  '/block': (_request, response, query) => {
    blockFor(Number(query.get('ms') ?? 60_000))
    sendJson(response, { blocked: true })
  },
}

export default async function app(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  const route = routes[pathname]
  if (route) await route(request, response, searchParams)
  else sendJson(response, { error: 'not found' }, 404)
}

function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  const text = `${JSON.stringify(body)}\n`
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

function blockFor(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}
