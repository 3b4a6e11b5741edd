import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { type HttpBindings } from '@hono/node-server'
import { startTestWorker, urlOf } from '@nunicorn/testing'
import { Hono } from 'hono'
import { expect, it } from 'vitest'

import { fetchClass, type FetchHandler } from '../src/index.ts'

// Node's own, from before the bridge has replaced them.
const { Request, Response } = globalThis

it('leaves what the app can tell of the global classes as it is', async () => {
  const app: FetchHandler = async (request) => {
    const fetched = await fetch('data:text/plain,hello')
    return Response.json({
      request: [request instanceof globalThis.Request, request instanceof Request],
      fetched: [fetched instanceof globalThis.Response, fetched instanceof Response],
      made: new globalThis.Response() instanceof Response,
      method: request.method,
      url: request.url,
      header: request.headers.get('x-test'),
    })
  }
  await using worker = await startTestWorker(fetchClass, { app })
  const url = urlOf(worker, '/path?query=1')
  const response = await fetch(url, { method: 'PUT', headers: { 'x-test': 'yes' } })
  expect(await response.json()).toEqual({
    request: [true, true],
    fetched: [true, true],
    made: true,
    method: 'PUT',
    url,
    header: 'yes',
  })
})

it('lets a proxy send a request on as it is, body and all, and give back what came', async () => {
  const seen: unknown[] = []
  await using target = await startTestWorker(fetchClass, {
    app: async (request) => {
      seen.push([request.headers.get('x-added'), await request.text()])
      return new Response('from the target', { status: 201 })
    },
  })
  const app: FetchHandler = async (request) => {
    const onwards = new Request(urlOf(target, '/'), request)
    const changed = new Request(onwards, { headers: { 'x-added': 'by the proxy' } })
    const response = await fetch(changed)
    expect(response).toBeInstanceOf(Response)
    return new Response(response.body, response)
  }
  await using worker = await startTestWorker(fetchClass, { app })
  const response = await fetch(urlOf(worker, '/'), { method: 'POST', body: 'hello' })
  expect([response.status, await response.text()]).toEqual([201, 'from the target'])
  expect(seen).toEqual([['by the proxy', 'hello']])
})

it('serves a Hono app by its fetch()', async () => {
  const app = new Hono<{ Bindings: HttpBindings }>().get('/', (c) => {
    c.executionCtx.waitUntil(Promise.resolve())
    return c.text(String(c.env.incoming.socket.remoteAddress))
  })
  await using worker = await startTestWorker(fetchClass, {
    app: { fetch: app.fetch as unknown as FetchHandler },
  })
  expect(await (await fetch(urlOf(worker, '/'))).text()).toBe('127.0.0.1')
})

it('aborts the signal of a request of which the app keeps nothing else', async () => {
  const begun = Promise.withResolvers<void>()
  const aborted = Promise.withResolvers<void>()
  const app: FetchHandler = async ({ signal }) => {
    signal.addEventListener('abort', () => aborted.resolve())
    begun.resolve()
    await aborted.promise
    return new Response()
  }
  await using worker = await startTestWorker(fetchClass, { app })
  const client = new AbortController()
  const answer = fetch(urlOf(worker, '/'), { signal: client.signal })
  await begun.promise
  await collectGarbage()
  client.abort()
  await expect(answer).rejects.toThrow('aborted')
  await aborted.promise
})

async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  for (let turn = 0; turn < 3; turn += 1) {
    collect()
    await setImmediate()
  }
}
