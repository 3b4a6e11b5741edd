import { text } from 'node:stream/consumers'

import websocket from '@fastify/websocket'
import { createClient, openSocket, openWebSocket, startTestWorker, urlOf } from '@nunicorn/testing'
import type { FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'

import { fastifyClass } from '../src/index.ts'
import { versions } from './versions.ts'

describe.each(versions)('an instance of Fastify $version', ({ create }) => {
  it('is ready no sooner than its hooks and plugins are', async () => {
    const app = create()
    const { promise: database, resolve: connected } = Promise.withResolvers<void>()
    let queried = false
    app.addHook('onReady', async () => {
      await database
      queried = true
    })
    setImmediate(connected)
    await using _worker = await startTestWorker(fastifyClass, { app })
    expect(queried).toBe(true)
  })

  it('does not start when a plugin fails', async () => {
    const app = create()
    void app.register(async () => {
      throw new Error('the database is not there')
    })
    await expect(startTestWorker(fastifyClass, { app })).rejects.toThrow(
      'the database is not there',
    )
  })

  it('runs its onListen hooks once, and knows where it listens', async () => {
    const app = create()
    const origins: string[] = []
    const { promise: listening, resolve } = Promise.withResolvers<void>()
    app.addHook('onListen', async () => {
      origins.push(app.listeningOrigin)
      resolve()
    })
    await using worker = await startTestWorker(fastifyClass, { app })
    await listening
    expect(origins).toEqual([urlOf(worker, '')])
    expect(app.addresses()).toEqual(worker.addresses())
  })

  it('runs its preClose and onClose hooks once, when the last answer is out', async () => {
    const { app, events, finish, asked } = slowApp(create())
    await using worker = await startTestWorker(fastifyClass, { app })
    using client = createClient(worker)
    const answer = client.get('/slow')
    await asked
    const drained = Promise.all([worker.drain(), worker.drain()])
    finish()
    expect(await answer).toMatchObject({ status: 200, body: 'ok' })
    await drained
    expect(events).toEqual(['answered', 'preClose', 'onClose'])
  })

  it('answers what still comes while it drains, and never with its own 503', async () => {
    const app = create({ return503OnClosing: true })
    app.get('/ok', async () => 'ok')
    await using worker = await startTestWorker(fastifyClass, { app })
    using kept = createClient(worker)
    const unused = await openSocket(worker)
    const begun = await openSocket(worker)
    begun.write('GET /ok HTTP/1.1\r\nHost: test\r\n')
    // Connections are accepted in their order: once this one is answered, the others are in.
    await kept.get('/ok')
    const drained = worker.drain()
    expect(await kept.get('/ok')).toMatchObject({ status: 200, body: 'ok' })
    for (const [socket, rest] of [
      [begun, '\r\n'],
      [unused, 'GET /ok HTTP/1.1\r\nHost: test\r\n\r\n'],
    ] as const) {
      socket.write(rest)
      expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 /)
    }
    expect(await drained).toEqual({ cut: [] })
  })

  it('closes the sockets of @fastify/websocket with 1001 before its onClose hooks run', async () => {
    const app = create()
    const events: string[] = []
    await app.register(websocket)
    app.get('/ws', { websocket: true }, (socket) => {
      socket.on('message', (message: Buffer) => socket.send(String(message)))
      socket.on('close', (code: number) => events.push(`websocket ${code}`))
    })
    app.addHook('onClose', async () => void events.push('onClose'))
    await using worker = await startTestWorker(fastifyClass, { app })
    using socket = await openWebSocket(worker, '/ws')
    socket.send('hello')
    expect(await socket.next()).toBe('hello')
    expect(await worker.drain()).toEqual({ cut: [] })
    expect(events).toEqual(['websocket 1001', 'onClose'])
  })

  it('still takes injected requests', async () => {
    const app = create()
    app.get('/ok', async () => 'ok')
    app.get('/through', async () => (await app.inject('/ok')).body)
    expect((await app.inject('/ok')).body).toBe('ok')
    await using worker = await startTestWorker(fastifyClass, { app })
    using client = createClient(worker)
    expect((await app.inject('/through')).body).toBe('ok')
    expect(await client.get('/through')).toMatchObject({ status: 200, body: 'ok' })
  })

  it.each([
    { its: 'no idle time of its own', own: {}, idleMs: 2_000 },
    { its: 'an idle time of its own', own: { keepAliveTimeout: 9_000 }, idleMs: 9_000 },
  ])('has the idle time of --keep-alive only if it chose none: $its', async ({ own, idleMs }) => {
    const app = create(own)
    const settings = { keepAliveMs: 2_000 }
    await using _worker = await startTestWorker(fastifyClass, { app, settings })
    expect(app.server.keepAliveTimeout).toBe(idleMs)
  })

  it.each([
    { how: 'and awaits it', listen: (app: FastifyInstance) => app.listen() },
    { how: 'and does not wait', listen: (app: FastifyInstance) => void app.listen() },
    {
      how: 'with a callback',
      listen: (app: FastifyInstance) => app.listen({ port: 0 }, () => {}),
    },
  ])('is refused, with the mend, when it calls listen() $how', async ({ listen }) => {
    const app = create()
    try {
      await listen(app)
      await expect(startTestWorker(fastifyClass, { app })).rejects.toMatchObject({
        code: 'already-listening',
        hint: expect.stringContaining('Remove'),
      })
    } finally {
      app.server.close()
    }
  })
})

/** An app that answers /slow when it is told to, and writes down how it closes. */
function slowApp(app: FastifyInstance): {
  readonly app: FastifyInstance
  readonly events: string[]
  readonly asked: Promise<void>
  finish(): void
} {
  const events: string[] = []
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>()
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>()
  app.get('/slow', async () => {
    ask()
    await finished
    return 'ok'
  })
  app.addHook('onResponse', async () => void events.push('answered'))
  app.addHook('preClose', async () => void events.push('preClose'))
  app.addHook('onClose', async () => void events.push('onClose'))
  return { app, events, asked, finish }
}
