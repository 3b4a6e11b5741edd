import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'

import { Controller, Get, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { WebSocketGateway } from '@nestjs/websockets'
import { createClient, openSocket, openWebSocket, startTestWorker, urlOf } from '@nunicorn/testing'
import { describe, expect, it } from 'vitest'
import type { WebSocket as ServerSocket } from 'ws'

import { type NestApp, nestClass } from '../src/index.ts'
import { decorateClass, decorateMethod } from './decorate.ts'
import { create, platforms } from './platforms.ts'

describe.each(platforms)('an application on $platform', (platform) => {
  it('is ready no sooner than its modules are', async () => {
    const { promise: database, resolve: connected } = Promise.withResolvers<void>()
    let bootstrapped = false
    const provider = {
      provide: 'database',
      useValue: {
        onModuleInit: () => database,
        onApplicationBootstrap: () => void (bootstrapped = true),
      },
    }
    const app = await create(platform, { module: { providers: [provider] } })
    setImmediate(connected)
    await using _worker = await startTestWorker(nestClass, { app })
    expect(bootstrapped).toBe(true)
  })

  it('knows its URL', async () => {
    const app = await create(platform)
    await using worker = await startTestWorker(nestClass, { app })
    expect(await app.getUrl()).toBe(urlOf(worker, ''))
  })

  it('runs its shutdown hooks once, when the last answer is out', async () => {
    const { module, events, asked, finish } = slowModule()
    const app = await create(platform, { module })
    await using worker = await startTestWorker(nestClass, { app })
    using client = createClient(worker)
    const answer = client.get('/slow')
    await asked
    const drained = Promise.all([worker.drain(), worker.drain()])
    finish()
    expect(await answer).toMatchObject({ status: 200, body: 'ok' })
    await drained
    expect(events).toEqual([
      'answered',
      'onModuleDestroy',
      'beforeApplicationShutdown',
      'onApplicationShutdown',
    ])
  })

  it('leaves signals to nunicorn, even with enableShutdownHooks()', async () => {
    const before = process.listenerCount('SIGTERM')
    const app = await create(platform)
    app.enableShutdownHooks()
    expect(process.listenerCount('SIGTERM')).toBe(before + 1)
    await using _worker = await startTestWorker(nestClass, { app })
    expect(process.listenerCount('SIGTERM')).toBe(before)
  })

  it('answers what still comes while it drains, and never with its own 503', async () => {
    const app = await create(platform, { return503OnClosing: true, forceCloseConnections: true })
    await using worker = await startTestWorker(nestClass, { app })
    using kept = createClient(worker)
    const begun = await openSocket(worker)
    begun.write('GET / HTTP/1.1\r\nHost: test\r\n')
    // Connections are accepted in their order: once this one is answered, the other is in.
    await kept.get('/')
    const drained = worker.drain()
    expect(await kept.get('/')).toMatchObject({ status: 404 })
    begun.write('\r\n')
    expect(await text(begun)).toMatch(/^HTTP\/1\.1 404 /)
    expect(await drained).toEqual({ cut: [] })
  })

  it('closes the sockets of its gateways with 1001 before its shutdown hooks run', async () => {
    const events: string[] = []
    class Gateway {
      handleConnection(socket: ServerSocket): void {
        socket.on('close', (code) => events.push(`websocket ${code}`))
      }

      onModuleDestroy(): void {
        events.push('onModuleDestroy')
      }
    }
    decorateClass(Gateway, WebSocketGateway({ path: '/ws' }))
    const app = await create(platform, { module: { providers: [Gateway] } })
    await using worker = await startTestWorker(nestClass, { app })
    using _socket = await openWebSocket(worker, '/ws')
    expect(await worker.drain()).toEqual({ cut: [] })
    expect(events).toEqual(['websocket 1001', 'onModuleDestroy'])
  })

  it('has the idle time of --keep-alive', async () => {
    const app = await create(platform)
    const settings = { keepAliveMs: 2_000 }
    await using _worker = await startTestWorker(nestClass, { app, settings })
    expect(app.getHttpServer().keepAliveTimeout).toBe(2_000)
  })

  it('is refused, with the mend, when it listens itself', async () => {
    const app = await create(platform)
    try {
      await app.listen(0)
      await expect(startTestWorker(nestClass, { app })).rejects.toMatchObject({
        code: 'already-listening',
        hint: expect.stringContaining('Remove its listen() call'),
      })
    } finally {
      await app.close()
    }
  })

  it('may be the function that makes it', async () => {
    await using worker = await startTestWorker(nestClass, { app: () => create(platform) })
    using client = createClient(worker)
    expect(await client.get('/')).toMatchObject({ status: 404 })
  })

  it('is told from an app of its platform', async () => {
    const app = await create(platform)
    expect(nestClass.accepts?.(app)).toBe(true)
    expect(nestClass.accepts?.(app.getHttpAdapter().getInstance())).toBe(false)
  })
})

describe('nestClass', () => {
  it('takes a function without parameters, which may make the application', () => {
    expect(nestClass.accepts?.(async () => undefined)).toBe(true)
  })

  it.each([
    ['a class, such as a module', class AppModule {}],
    ['a listener', (_request: unknown, _response: unknown): void => {}],
    ['an http.Server', createServer()],
  ])('does not take %s', (_what, app) => expect(nestClass.accepts?.(app)).toBe(false))

  it('does not take a Nest context without a server', async () => {
    class AppModule {}
    decorateClass(AppModule, Module({}))
    const app = await NestFactory.createApplicationContext(AppModule, { logger: false })
    expect(nestClass.accepts?.(app)).toBe(false)
    await app.close()
  })

  it('rejects a function that makes no application, with the mend', async () => {
    const app = (() => undefined) as unknown as NestApp
    await expect(startTestWorker(nestClass, { app })).rejects.toMatchObject({
      code: 'no-app',
      hint: expect.stringContaining('NestFactory.create()'),
    })
  })
})

/** A module that answers /slow when it is told to, and writes down how it closes. */
function slowModule(): {
  readonly module: { readonly controllers: (new () => object)[] }
  readonly events: readonly string[]
  readonly asked: Promise<void>
  finish(): void
} {
  const events: string[] = []
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>()
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>()
  class SlowController {
    async slow(): Promise<string> {
      ask()
      await finished
      events.push('answered')
      return 'ok'
    }

    onModuleDestroy(): void {
      events.push('onModuleDestroy')
    }

    beforeApplicationShutdown(): void {
      events.push('beforeApplicationShutdown')
    }

    onApplicationShutdown(): void {
      events.push('onApplicationShutdown')
    }
  }
  decorateClass(SlowController, Controller())
  decorateMethod(SlowController, 'slow', [Get('slow')])
  return { module: { controllers: [SlowController] }, events, asked, finish }
}
