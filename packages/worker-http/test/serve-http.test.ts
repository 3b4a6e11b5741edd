import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'

import type { WorkerClass } from '@nunicorn/contract'
import { startTestWorker, type TestWorker } from '@nunicorn/testing'
import { describe, expect, it } from 'vitest'

import { httpClass, type HttpApp, serveHttp } from '../src/index.ts'
import { ask, openSocket } from './ask.ts'

const hello: RequestListener = (_request, response) => response.end('hello')

/** A class as an adapter's author would write it. */
const adapter: WorkerClass<HttpApp> = {
  contract: 1,
  name: 'adapter',
  start: async (app, context) => serveHttp(app, context),
}

describe('serveHttp', () => {
  it('advertises the idle time of --keep-alive', async () => {
    const settings = { keepAliveMs: 7_000 }
    await using worker = await startTestWorker(httpClass, { app: hello, settings })
    const socket = await openSocket(worker)
    socket.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    socket.destroy()
    expect(answer.toString()).toContain('Keep-Alive: timeout=7\r\n')
  })

  it('answers a client that closes its side after the request', async () => {
    await using worker = await startTestWorker(httpClass, {
      app: (_request, response) => void setImmediate(() => response.end('hello')),
    })
    const socket = await openSocket(worker)
    socket.end('GET / HTTP/1.1\r\nHost: test\r\n\r\n')
    expect(await text(socket)).toContain('hello')
  })

  it('closes a connection within two seconds after its header timeout', async () => {
    const app = createServer({ headersTimeout: 300, requestTimeout: 300 }, hello)
    await using worker = await startTestWorker(httpClass, { app })
    const socket = await openSocket(worker)
    const openedAt = performance.now()
    socket.write('GET / HTTP/1.1\r\n')
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 /)
    expect(performance.now() - openedAt).toBeLessThan(300 + 2_000)
  })

  it('passes early hints on', async () => {
    await using worker = await startTestWorker(httpClass, {
      app: (_request, response) => {
        response.writeEarlyHints({ link: '</style.css>; rel=preload' }, () => response.end('hello'))
      },
    })
    const answer = await ask(worker, ['GET / HTTP/1.1'])
    expect(answer).toMatch(/^HTTP\/1\.1 103 .*style\.css.*\r\n\r\nHTTP\/1\.1 200 .*hello/s)
  })

  it('passes trailers on, both ways', async () => {
    await using worker = await startTestWorker(httpClass, {
      app: (request, response) => {
        response.writeHead(200, { trailer: 'x-sum' })
        request.resume().on('end', () => {
          response.addTrailers({ 'x-sum': `${request.trailers['x-sum']} seen` })
          response.end('hello')
        })
      },
    })
    const head = ['POST / HTTP/1.1', 'Transfer-Encoding: chunked', 'Trailer: x-sum']
    const answer = await ask(worker, head, '2\r\nhi\r\n0\r\nx-sum: 42\r\n\r\n')
    expect(answer).toMatch(/0\r\nx-sum: 42 seen\r\n\r\n$/)
  })

  it("runs the framework's close once, when the last connection is gone", async () => {
    const connections: unknown[] = []
    const count = (): unknown => connections.push(worker.stats()?.connections)
    await using worker: TestWorker = await startTestWorker(adapter, {
      app: { serve: hello, close: count },
    })
    const socket = await openSocket(worker)
    const drains = [worker.drain(), worker.drain()]
    expect(connections).toEqual([])
    socket.end('GET / HTTP/1.1\r\nHost: test\r\n\r\n')
    expect(await text(socket)).toContain('hello')
    await Promise.all(drains)
    expect(connections).toEqual([0])
  })
})
