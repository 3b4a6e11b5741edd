import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2'
import { connect, createServer as createNetServer, Server, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'

import { startTestWorker, type TestWorker, type TestWorkerOptions } from '@nunicorn/testing'
import { describe, expect, it, vi } from 'vitest'

import { scriptClass } from '../src/index.ts'
import { runFixture, runText } from './programs.ts'

const { listen } = Server.prototype

function start(
  app: Server,
  options: Omit<TestWorkerOptions<Server>, 'app'> = {},
): Promise<TestWorker> {
  return startTestWorker(scriptClass, { app, ...options })
}

function addressOf(worker: TestWorker): { readonly address: string; readonly port: number } {
  return worker.addresses()[0] as { address: string; port: number }
}

function open(worker: TestWorker): Socket {
  const { address: host, port } = addressOf(worker)
  return connect({ host, port })
}

async function get(worker: TestWorker, path = '/'): Promise<unknown> {
  const { address, port } = addressOf(worker)
  const response = await fetch(`http://${address}:${port}${path}`)
  return await response.json()
}

describe('a program', () => {
  it('of CommonJS and Express is the main module, and is served', async () => {
    await using worker = await start(await runFixture('express.cjs'))
    expect(await get(worker)).toEqual({ main: true })
  })

  it('of TypeScript is the main module, and is served', async () => {
    await using worker = await start(await runFixture('typescript.ts'))
    expect(await get(worker)).toEqual({ isMain: true, arguments: 2, metaMain: true })
  })

  it('of Fastify, which awaits listen(), is served where nunicorn listens and nowhere else', async () => {
    // Fastify would go on to listen on every other address of localhost.
    const binds = [{ host: '127.0.0.2', port: 0 }]
    await using worker = await start(await runFixture('fastify.mjs'), { binds })
    const { port } = addressOf(worker)
    await expect.poll(() => get(worker)).toEqual({ address: `http://127.0.0.2:${port}` })
    const [error] = await once(connect({ host: '127.0.0.1', port }), 'error')
    expect(error).toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('sees its server listen: the callback, the event, the address', async () => {
    const server = await runText(`
      import { createServer } from 'node:http'
      const seen = []
      const server = createServer((_, response) => response.end(JSON.stringify(seen)))
      server.on('listening', () => seen.push('event'))
      server.listen({ port: 3000, host: '0.0.0.0' }, () => seen.push(server.listening, server.address()))
      seen.push(server.address())
    `)
    await using worker = await start(server)
    expect(await get(worker)).toEqual([null, 'event', true, addressOf(worker)])
  })

  it('keeps what it sets once it has called listen()', async () => {
    const server = await runText(`
      import { createServer } from 'node:http'
      const server = createServer().listen(3000)
      server.keepAliveTimeout = 65_000
      server.on('request', (_, response) => response.end(JSON.stringify(server.keepAliveTimeout)))
    `)
    await using worker = await start(server)
    expect(await get(worker)).toBe(65_000)
  })

  it('listens by itself with every server but the first', async () => {
    const server = await runText(`
      import { createServer } from 'node:http'
      createServer((_, response) => response.end(JSON.stringify(metrics.address()))).listen(3000)
      const metrics = createServer((_, response) => response.end('"metrics"')).listen(0, '127.0.0.1', () => metrics.unref())
    `)
    expect(Server.prototype.listen).toBe(listen)
    await using worker = await start(server)
    const { port } = (await get(worker)) as { port: number }
    const response = await fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } })
    expect(await response.json()).toBe('metrics')
  })

  it('that does not call listen() is wondered at in the log', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const warning = vi.fn<(message: string) => void>()
      const loaded = runText(
        `
        import { createServer } from 'node:http'
        process.once('listen at last', () => createServer().listen(3000))
        process.emit('running')
        `,
        { warning },
      )
      await once(process, 'running')
      vi.advanceTimersByTime(5_000)
      expect(warning).toHaveBeenCalledExactlyOnceWith(
        expect.stringMatching(/server\.mjs has been running for 5 s and has not called listen\(\)/),
      )
      process.emit('listen at last' as never)
      expect(await loaded).toBeInstanceOf(Server)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('the close() of its server', () => {
  it('cuts nothing, and is over when the worker has drained', async () => {
    const server = (await runText(`
      import { createServer } from 'node:http'
      createServer((request, response) => response.end(request.url)).listen(3000)
    `)) as HttpServer
    await using worker = await start(server)
    const client = open(worker)
    client.write('GET /idle HTTP/1.1\r\nHost: test\r\n\r\n')
    await once(client, 'readable')
    const seen: unknown[] = []
    server.on('request', ({ url }, response) => response.on('finish', () => seen.push(url)))
    expect(server.close((error) => seen.push(error ?? 'closed'))).toBe(server)
    server.closeIdleConnections()
    const drained = worker.drain()
    expect(server.listening).toBe(false)
    client.write('GET /on-its-way HTTP/1.1\r\nHost: test\r\n\r\n')
    expect(await text(client)).toMatch(/\/idle[^]*\/on-its-way/)
    expect(await drained).toEqual({ cut: [] })
    expect(seen).toEqual(['/on-its-way', 'closed'])
  })
})

describe('a server that does not speak HTTP/1', () => {
  it('over HTTP/2 is served, and drains like the rest', async () => {
    const app = createHttp2Server((_request, response) => void response.end('over HTTP/2'))
    await using worker = await start(app)
    const { address, port } = addressOf(worker)
    const session = connectHttp2(`http://${address}:${port}`)
    const stream = session.request({ ':path': '/' })
    expect(await text(stream)).toBe('over HTTP/2')
    const away = once(session, 'goaway')
    expect(await worker.drain()).toEqual({ cut: [] })
    await away
    expect(worker.stats()).toMatchObject({ requests: 1, inFlight: 0, connections: 0 })
  })

  it('of bare sockets is served, and waits for its clients when it drains', async () => {
    const app = createNetServer((socket) => void socket.end('hello'))
    await using worker = await start(app)
    const [first, second] = [open(worker), open(worker)]
    expect(await text(first)).toBe('hello')
    await once(second, 'readable')
    const drained = worker.drain()
    expect(await text(second)).toBe('hello')
    expect(await drained).toEqual({ cut: [] })
    expect(worker.stats()).toEqual({ requests: 2, inFlight: 0, connections: 0 })
  })

  it('of bare sockets ends a connection that its client has ended', async () => {
    const app = createNetServer((socket) => void socket.resume())
    await using worker = await start(app)
    const client = open(worker)
    client.end('bye')
    await once(client.resume(), 'close')
  })

  it('of bare sockets cuts at the deadline what is left, and names it', async () => {
    const app = createNetServer((socket) => void socket.write('hello'))
    await using worker = await start(app)
    const client = open(worker)
    await once(client, 'data')
    const { cut } = await worker.drain(AbortSignal.abort())
    expect(cut).toEqual([
      {
        kind: 'connection',
        what: 'a connection of 127.0.0.1',
        ageMs: expect.any(Number),
        bytes: 5,
      },
    ])
    await once(client, 'close')
  })
})
