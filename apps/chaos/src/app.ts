import { createHash } from 'node:crypto'
import { openSync, readFileSync, writeSync } from 'node:fs'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import type { Build } from './build.ts'
import { echo } from './echo.ts'
import { patternOf } from './pattern.ts'

const kept: unknown[] = []

/** What is done to the app: see {@link createApp}. */
type Route = (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => unknown

/**
 * The app that is served: each route does what some app does on a bad day. Each request's X-Id is appended to the ledger
 * (`CHAOS_LEDGER`) when it arrives, by a call that returns when the kernel has it, so that it outlives a SIGKILL.
 */
export async function createApp(build: Build): Promise<RequestListener | Server> {
  const { version, boot = 'good', megabytes = 0, sockets = false } = build
  kept.push(Buffer.alloc(megabytes * 2 ** 20, 1))
  await bootAs(boot)
  const ledger = openLedger(process.env['CHAOS_LEDGER'])
  const listener: RequestListener = (request, response) => {
    const id = request.headers['x-id']
    if (typeof id === 'string') {
      ledger(id)
      response.setHeader('x-id', id)
    }
    response.setHeader('x-worker', process.pid)
    response.setHeader('x-version', version)
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    return (routes[pathname] ?? ok)(request, response, searchParams)
  }
  if (!sockets) return listener
  return createServer(listener).on('upgrade', (request, socket) =>
    echo(request, socket, { 'x-worker': String(process.pid), 'x-version': version }),
  )
}

let seen = 0

const ok: Route = (request, response) => {
  seen += 1
  request.resume()
  response.end('ok')
}

const routes: Readonly<Record<string, Route>> = {
  '/ok': ok,
  '/ids': (_, response) => response.end(String(seen)),
  '/sleep': async (_, response, query) => {
    await sleep(query.get('ms') === 'forever' ? 2 ** 31 - 1 : Number(query.get('ms')))
    response.end('slept')
  },
  '/cpu': (_, response, query) => {
    for (const until = performance.now() + Number(query.get('ms')); performance.now() < until;);
    response.end('spun')
  },
  '/block': blockForEver,
  '/fifo': (_, __, query) => readFileSync(query.get('path') ?? ''),
  '/leak': (_, response, query) => {
    const megabytes = Number(query.get('mb'))
    // `heap` is V8's own memory, `buffer` what the kernel alone counts.
    if (query.get('in') === 'buffer') kept.push(Buffer.alloc(megabytes * 2 ** 20, 1))
    else kept.push(Array.from({ length: megabytes * 2 ** 17 }, (_, index) => index + 0.5))
    response.end('leaked')
  },
  '/throw': () => setImmediate(() => throwOnPurpose()),
  '/exit': (_, __, query) => process.exit(Number(query.get('code'))),
  '/print': (_, response, query) => {
    process.stdout.write(`${'x'.repeat(Number(query.get('bytes')) - 1)}\n`)
    response.end('printed')
  },
  '/sha': async (request, response) => {
    const hash = createHash('sha256')
    for await (const chunk of request) hash.update(chunk as Buffer)
    response.end(hash.digest('hex'))
  },
  '/stream': stream,
  '/events': sendEvents,
  '/too-large': (_, response) => {
    response.statusCode = 413
    response.end('too large')
  },
  '/aborts': (_, response) => response.end(String(aborts)),
  '/slow': async (request, response) => {
    response.once('close', () => (aborts += response.writableFinished ? 0 : 1))
    for await (const _ of request);
    await sleep(20)
    response.end('x'.repeat(4_096))
  },
  '/heap': (_, response) => {
    collectGarbage()
    response.end(String(process.memoryUsage().heapUsed))
  },
  '/memory': (_, response) => response.end(String(process.memoryUsage().rss)),
  '/inspector': async (_, response) => {
    const inspector = await import('node:inspector')
    if (inspector.url() === undefined) inspector.open(0)
    response.end(inspector.url())
  },
  '/uptime': (_, response) => response.end(String(process.uptime())),
}

let aborts = 0

/** Named, so that the log can name it. */
function blockForEver(): never {
  for (;;);
}

/** What --expose-gc exposes, without that flag. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
}

function throwOnPurpose(): never {
  throw new Error('thrown on purpose')
}

/** `mb` megabytes of the known pattern, at `rate` megabytes a second. */
async function stream(_: unknown, response: ServerResponse, query: URLSearchParams): Promise<void> {
  const chunk = patternOf(64 * 1024)
  const chunks = Number(query.get('mb')) * 16
  const rate = Number(query.get('rate') ?? 1_000) * 16
  async function* paced(): AsyncGenerator<Buffer> {
    const from = performance.now()
    for (let count = 0; count < chunks; count += 1) {
      const aheadMs = (count * 1_000) / rate - (performance.now() - from)
      if (aheadMs > 10) await sleep(aheadMs)
      yield chunk
    }
  }
  response.setHeader('content-length', chunks * chunk.length)
  await pipeline(paced, response)
}

/** Server-sent events, one each 100 ms, until somebody ends them. */
function sendEvents(_: unknown, response: ServerResponse): void {
  response.setHeader('content-type', 'text/event-stream')
  response.write('data: begin\n\n')
  const timer = setInterval(() => response.write('data: tick\n\n'), 100)
  response.once('close', () => clearInterval(timer))
}

async function bootAs(boot: NonNullable<Build['boot']>): Promise<void> {
  switch (boot) {
    case 'slow':
      return await sleep(1_500)
    case 'slow-fail':
      await sleep(1_000)
      throw new Error('this build fails on purpose')
    case 'hang':
      return await new Promise(() => setInterval(() => {}, 60_000))
    case 'exit-after':
      setTimeout(() => process.exit(9), 1_000)
      return
    case 'crash-loop':
      setTimeout(() => process.exit(9), 100)
      return
    case 'fail-in-slot-1':
      if (process.env['NUNICORN_WORKER'] === '1') throw new Error('slot 1 fails on purpose')
      return
    case 'ignore-term':
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => {})
      return
    case 'spawn-orphans':
      return await spawnOrphans()
    case 'good':
  }
}

/** Children whose parent has gone, and who end when their new parent has to reap them. */
async function spawnOrphans(): Promise<void> {
  const { spawn } = await import('node:child_process')
  setInterval(() => spawn('sh', ['-c', 'sleep 0.2 & exit 0'], { stdio: 'ignore' }), 500).unref()
}

function openLedger(path: string | undefined): (id: string) => void {
  if (path === undefined) return () => {}
  const file = openSync(path, 'a')
  return (id) => void writeSync(file, `${id}\n`)
}
