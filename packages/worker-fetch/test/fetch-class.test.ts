import { setImmediate } from 'node:timers/promises'

import { ask, startTestWorker, urlOf } from '@nunicorn/testing'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'

import { fetchClass, type FetchContext, type FetchHandler } from '../src/index.ts'

const answer = (): Response => new Response('hello')

describe('accepts', () => {
  it.each([
    ['an object with fetch()', { fetch: answer }],
    [
      'an instance of a class with fetch()',
      new (class App {
        fetch = answer
      })(),
    ],
    ['an app with fetch() and routes, which is not Hono', { fetch: answer, routes: [] }],
    ['a function of one parameter', async (_request: Request) => answer()],
  ])('takes %s', (_what, app) => expect(fetchClass.accepts?.(app)).toBe(true))

  it.each([
    ['a Hono app', new Hono()],
    ['a listener', (_request: unknown, _response: unknown): void => {}],
    ['a listener with next()', (_request: unknown, _response: unknown, _next: unknown): void => {}],
    ['a factory', (): object => ({ fetch: answer })],
    [
      'a class',
      class App {
        readonly options: object
        constructor(options: object) {
          this.options = options
        }
      },
    ],
    ['an object whose fetch is no function', { fetch: true }],
  ])('does not take %s', (_what, app) => expect(fetchClass.accepts?.(app)).toBe(false))
})

describe('the context', () => {
  it('comes as the second and as the third argument, with the request and response of Node', async () => {
    const app = {
      greeting: 'hello',
      fetch(_request: Request, context: FetchContext, third: FetchContext): Response {
        const { incoming, outgoing } = context
        return Response.json({
          greeting: this.greeting,
          remote: incoming.socket.remoteAddress,
          sameRequest: outgoing.req === incoming,
          sameContext: context === third,
        })
      },
    }
    await using worker = await startTestWorker(fetchClass, { app })
    const response = await fetch(urlOf(worker, '/'))
    expect(await response.json()).toEqual({
      greeting: 'hello',
      remote: '127.0.0.1',
      sameRequest: true,
      sameContext: true,
    })
  })

  it('keeps the worker alive with waitUntil()', async () => {
    const job = Promise.withResolvers<void>()
    const app: FetchHandler = (_request, { waitUntil }) => {
      waitUntil(job.promise)
      return new Response(null, { status: 202 })
    }
    await using worker = await startTestWorker(fetchClass, { app })
    expect(await ask(worker, ['GET / HTTP/1.1', 'Host: test', 'Connection: close'])).toContain(
      '202 Accepted',
    )
    const order: string[] = []
    const drained = worker.drain().then(() => order.push('drained'))
    await setImmediate()
    order.push('job done')
    job.resolve()
    await drained
    expect(order).toEqual(['job done', 'drained'])
  })
})

describe('a failure', () => {
  it.each<readonly [string, FetchHandler]>([
    ['throws', (): never => fail()],
    ['rejects', async () => fail()],
  ])('of an app that %s is logged, and answered with a 500', async (_how, app) => {
    await using worker = await startTestWorker(fetchClass, { app })
    const response = await fetch(urlOf(worker, '/'))
    expect(response.status).toBe(500)
    expect(await response.text()).toBe('Internal Server Error\n')
    expect(worker.logged).toEqual([
      expect.stringMatching(/^error: The app threw while it answered GET \/: Error: a bug\n +at /),
    ])
  })

  it('of an app that answers with nothing is logged, and answered with a 500', async () => {
    const app = (async (_request: Request) => undefined) as unknown as FetchHandler
    await using worker = await startTestWorker(fetchClass, { app })
    expect((await fetch(urlOf(worker))).status).toBe(500)
    expect(worker.logged).toEqual([
      expect.stringContaining('GET /: TypeError: it returned undefined, and no Response'),
    ])
  })

  it('of the client is answered with a 400, and not logged', async () => {
    await using worker = await startTestWorker(fetchClass, { app: answer })
    const head = ['GET / HTTP/1.1', 'Host: no/host', 'Connection: close']
    expect(await ask(worker, head)).toMatch(/^HTTP\/1\.1 400 /)
    expect(worker.logged).toEqual([])
  })
})

it('answers a health check of HTTP/1.0, which has no Host', async () => {
  await using worker = await startTestWorker(fetchClass, { app: answer })
  expect(await ask(worker, ['GET /health HTTP/1.0'])).toMatch(/^HTTP\/1\.1 200 OK[^]*hello$/)
})

function fail(): never {
  throw new Error('a bug')
}
