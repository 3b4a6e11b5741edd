import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:http2'
import { text } from 'node:stream/consumers'

import { createClient, startTestWorker, urlOf } from '@nunicorn/testing'
import { fastify, type FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'

import { type FastifyApp, fastifyClass } from '../src/index.ts'
import { versions } from './versions.ts'

describe('accepts', () => {
  it.each([
    ...versions.map(({ version, create }) => [`Fastify ${version}`, create()] as const),
    ['a plugin of fastify-plugin', marked(async () => {})] as const,
    ['a plugin', asynchronousPlugin] as const,
    ['a factory', () => fastify()] as const,
  ])('takes %s', (_what, app) => expect(fastifyClass.accepts?.(app)).toBe(true))

  it.each([
    ['a class', class Plugin {}],
    ['an http.Server', createServer()],
    ['an object with fetch', { fetch: (): void => {} }],
  ])('does not take %s', (_what, app) => expect(fastifyClass.accepts?.(app)).toBe(false))
})

describe('fastifyClass', () => {
  it.each<{ readonly what: string; readonly app: FastifyApp }>([
    { what: 'a factory', app: () => routes(fastify()) },
    { what: 'an asynchronous factory', app: async () => routes(fastify()) },
    { what: 'an asynchronous plugin', app: asynchronousPlugin },
    { what: 'a plugin with a callback', app: callbackPlugin },
    {
      what: 'a plugin that returns what it adds to',
      app: (app: FastifyInstance) => routes(app) as never,
    },
    { what: 'a plugin of fastify-plugin', app: marked(asynchronousPlugin) },
    { what: 'an instance with a server of its own', app: routes(ownServer()) },
  ])('serves $what', async ({ app }) => {
    await using worker = await startTestWorker(fastifyClass, { app })
    using client = createClient(worker)
    expect(await client.get('/ok')).toMatchObject({ status: 200, body: 'ok' })
  })

  it('rejects a factory that makes no instance, with the mend', async () => {
    const app = (() => ({})) as unknown as FastifyApp
    await expect(startTestWorker(fastifyClass, { app })).rejects.toMatchObject({
      code: 'no-app',
      hint: expect.stringContaining('Return the instance'),
    })
  })

  it.each<{ readonly what: string; readonly app: FastifyApp; readonly error: object }>([
    {
      what: 'a factory that takes options',
      app: (options: object) => fastify(options),
      error: { code: 'no-app', hint: expect.stringContaining('(options = {})') },
    },
    {
      what: 'a listener',
      app: ((_request: unknown, response: { end(): void }) => response.end()) as never,
      error: {
        code: 'app-threw',
        hint: expect.stringContaining('-k http'),
        cause: expect.any(TypeError),
      },
    },
    {
      what: 'a callback plugin that fails',
      app: (_app, _options, done) => done(new Error('no database')),
      error: { code: 'app-threw', cause: expect.objectContaining({ message: 'no database' }) },
    },
    {
      what: 'a middleware',
      app: ((_request: unknown, response: { end(): void }, _next: unknown) =>
        response.end()) as never,
      error: { code: 'app-threw', cause: expect.any(TypeError) },
    },
  ])('rejects $what, and says that it was taken for a plugin', async ({ app, error }) => {
    await expect(startTestWorker(fastifyClass, { app })).rejects.toMatchObject({
      ...error,
      message: expect.stringContaining('taken for a Fastify plugin'),
    })
  })

  it('serves HTTP/2, and drains it', async () => {
    const app = routes(fastify({ http2: true }) as unknown as FastifyInstance)
    await using worker = await startTestWorker(fastifyClass, { app })
    const session = connect(urlOf(worker, ''))
    try {
      expect(await text(session.request({ ':path': '/ok' }))).toBe('ok')
      const gone = once(session, 'close')
      expect(await worker.drain()).toEqual({ cut: [] })
      await gone
    } finally {
      session.destroy()
    }
  })
})

function routes(app: FastifyInstance): FastifyInstance {
  return app.get('/ok', async () => 'ok')
}

async function asynchronousPlugin(app: FastifyInstance): Promise<void> {
  routes(app)
}

function callbackPlugin(app: FastifyInstance, _options: unknown, done: () => void): void {
  routes(app)
  done()
}

function ownServer(): FastifyInstance {
  return fastify({ serverFactory: (handler) => createServer(handler) })
}

/** As fastify-plugin marks what it is given. */
function marked<Plugin extends object>(plugin: Plugin): Plugin {
  return Object.assign(plugin, { [Symbol.for('plugin-meta')]: { fastify: '5.x' } })
}
