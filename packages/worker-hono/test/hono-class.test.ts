import { createServer } from 'node:http'
import { setImmediate } from 'node:timers/promises'

import { ask, startTestWorker, urlOf } from '@nunicorn/testing'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { Hono as LowestHono } from 'hono-lowest'
import { logger } from 'hono/logger'
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { Hono as TinyHono } from 'hono/tiny'
import { describe, expect, it } from 'vitest'

import { honoClass } from '../src/index.ts'

describe('accepts', () => {
  it.each([
    ['a Hono app', new Hono()],
    ['one with a base path, a router of its own and middleware', customised()],
    ['one of hono/tiny', new TinyHono()],
    ['one of the lowest Hono', new LowestHono()],
  ])('takes %s', (_what, app) => expect(honoClass.accepts?.(app)).toBe(true))

  it.each([
    ['an object with fetch()', { fetch: () => new Response() }],
    ['an app with fetch() and routes', { fetch: () => new Response(), routes: [], router: {} }],
    ['an object that knows every method, as itty-router does', ittyRouter()],
    ['the fetch() of a Hono app', new Hono().fetch],
    ['a listener', (_request: unknown, _response: unknown): void => {}],
  ])('does not take %s', (_what, app) => expect(honoClass.accepts?.(app)).toBe(false))
})

describe('an app', () => {
  it('finds the request of Node in c.env.incoming', async () => {
    const app = new Hono<{ Bindings: HttpBindings }>().get('/', (c) =>
      c.text(`${c.env.incoming.socket.remoteAddress} ${c.env.incoming.httpVersion}`),
    )
    await using worker = await startTestWorker(honoClass, { app })
    const response = await fetch(urlOf(worker, '/'))
    expect(await response.text()).toBe('127.0.0.1 1.1')
  })

  it('keeps the worker alive with c.executionCtx.waitUntil()', async () => {
    const job = Promise.withResolvers<void>()
    const app = new Hono().get('/', (c) => {
      c.executionCtx.waitUntil(job.promise)
      return c.body(null, 202)
    })
    await using worker = await startTestWorker(honoClass, { app })
    const answer = await ask(worker, ['GET / HTTP/1.1', 'Host: test', 'Connection: close'])
    expect(answer).toContain('202 Accepted')
    const order: string[] = []
    const drained = worker.drain().then(() => order.push('drained'))
    await setImmediate()
    order.push('job done')
    job.resolve()
    await drained
    expect(order).toEqual(['job done', 'drained'])
  })

  it('has the global Request and Response of serve()', async () => {
    const app = new Hono().get('/', async (c) =>
      c.json([c.req.raw instanceof Request, new Response() instanceof Response]),
    )
    await using worker = await startTestWorker(honoClass, { app })
    expect(await (await fetch(urlOf(worker, '/'))).json()).toEqual([true, true])
    const { Request: before, Response: beforeToo } = globalThis
    // What serve() calls: it leaves them alone if they are its own already.
    createAdaptorServer({ fetch: app.fetch })
    expect([globalThis.Request, globalThis.Response]).toEqual([before, beforeToo])
  })

  it('answers a health check of HTTP/1.0, which has no Host', async () => {
    const app = new Hono().get('/health', (c) => c.text('up'))
    await using worker = await startTestWorker(honoClass, { app })
    expect(await ask(worker, ['GET /health HTTP/1.0'])).toMatch(/^HTTP\/1\.1 200 OK[^]*up$/)
  })

  // Node before 22.21 gives every upgrade to the one who listens to any.
  it.skipIf(!('shouldUpgradeCallback' in createServer()))(
    'answers over HTTP/1.1 a client that offers HTTP/2',
    async () => {
      const app = new Hono().get('/', (c) => c.text('as ever'))
      await using worker = await startTestWorker(honoClass, { app })
      const head = ['GET / HTTP/1.1', 'Host: test', 'Connection: close, Upgrade', 'Upgrade: h2c']
      expect(await ask(worker, head)).toMatch(/^HTTP\/1\.1 200 OK[^]*as ever$/)
    },
  )
})

function customised(): Hono {
  return new Hono({ router: new RegExpRouter(), strict: false }).basePath('/api').use(logger())
}

function ittyRouter(): object {
  const anyMethod = new Proxy({}, { get: () => () => {} })
  return Object.assign(Object.create(anyMethod) as object, {
    routes: [],
    fetch: () => new Response(),
  })
}
