import { createServer } from 'node:http'
import { PassThrough } from 'node:stream'

import { startTestWorker, urlOf } from '@nunicorn/testing'
import Koa from 'koa'
import { describe, expect, it } from 'vitest'

import { koaClass } from '../src/index.ts'

describe('an app of Koa', () => {
  it('has its own error listener told of an error, once, and Koa answer it', async () => {
    const told: unknown[] = []
    const app = new Koa().use(() => {
      throw new Error('on purpose')
    })
    app.on('error', (error: Error) => told.push(error.message))
    await using worker = await startTestWorker(koaClass, { app })
    expect((await fetch(urlOf(worker))).status).toBe(500)
    expect(told).toEqual(['on purpose'])
    expect(worker.logged).toEqual([])
  })

  it('has its own middleware answer an error that is thrown further in', async () => {
    const app = new Koa()
      .use(async (context, next) => {
        try {
          await next()
        } catch (error) {
          context.status = 418
          context.body = { error: (error as Error).message }
        }
      })
      .use((context) => context.throw(400, 'on purpose'))
    await using worker = await startTestWorker(koaClass, { app })
    const response = await fetch(urlOf(worker))
    expect(response.status).toBe(418)
    expect(await response.json()).toEqual({ error: 'on purpose' })
  })

  it('streams: what is written reaches the client before the answer has ended', async () => {
    const stream = new PassThrough()
    const app = new Koa().use((context) => void (context.body = stream))
    await using worker = await startTestWorker(koaClass, { app })
    stream.write('first')
    const { body } = await fetch(urlOf(worker))
    const chunks = body!.pipeThrough(new TextDecoderStream()).getReader()
    expect(await chunks.read()).toEqual({ done: false, value: 'first' })
    stream.end('last')
    expect(await chunks.read()).toEqual({ done: false, value: 'last' })
    expect(await chunks.read()).toEqual({ done: true, value: undefined })
  })

  it.each([
    { proxy: false, seen: { ip: '127.0.0.1', protocol: 'http' } },
    { proxy: true, seen: { ip: '203.0.113.7', protocol: 'https' } },
  ])('trusts a proxy only if told so: proxy = $proxy', async ({ proxy, seen }) => {
    const app = new Koa({ proxy }).use((context) => {
      context.body = { ip: context.ip, protocol: context.protocol }
    })
    await using worker = await startTestWorker(koaClass, { app })
    const forwarded = { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' }
    const response = await fetch(urlOf(worker), { headers: forwarded })
    expect(await response.json()).toEqual(seen)
  })

  it('keeps the context of its request over an await', async () => {
    const app = new Koa({ asyncLocalStorage: true }).use(async (context) => {
      await Promise.resolve()
      context.body = String(app.currentContext === context)
    })
    await using worker = await startTestWorker(koaClass, { app })
    expect(await (await fetch(urlOf(worker))).text()).toBe('true')
  })
})

describe('koaClass', () => {
  it.each([
    ['an app', new Koa()],
    ['an app of a class that extends Koa', new (class Api extends Koa {})()],
  ])('takes %s', (_what, app) => expect(koaClass.accepts?.(app)).toBe(true))

  it.each([
    ['a listener', (): void => {}],
    ['the callback of an app', new Koa().callback()],
    ['an http.Server', createServer()],
    ['the Koa class', Koa],
    ['an app of another framework', { use() {}, fetch() {}, callback() {} }],
  ])('does not take %s', (_what, app) => expect(koaClass.accepts?.(app)).toBe(false))
})
