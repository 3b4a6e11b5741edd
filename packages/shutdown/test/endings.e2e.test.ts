import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import {
  connect as connectHttp2,
  constants,
  createServer as createHttp2Server,
  type Http2ServerResponse,
} from 'node:http2'
import { createServer as createSecureServer } from 'node:https'
import { text } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'

import { describe, expect, it } from 'vitest'

import type { DrainableServer, Exchange, ExchangeWatcher } from '../src/index.ts'
import { get, rawClient } from './raw-client.ts'
import { listen, type TrackedServer, until } from './tracked-server.ts'

interface Told {
  readonly exchanges: Exchange[]
  /** What is told of each, once so many have been told of. */
  count(wanted: number): Promise<readonly unknown[]>
}

function watch(): Told & { readonly watcher: ExchangeWatcher } {
  const exchanges: Exchange[] = []
  return {
    exchanges,
    watcher: { details: true, ended: (exchange) => void exchanges.push(exchange) },
    async count(wanted) {
      await until(() => exchanges.length >= wanted)
      return exchanges.map(({ ending, method, url, status }) => [ending, method, url, status])
    },
  }
}

type Watched<S> = TrackedServer<S> & { readonly told: Told }

async function watched<S extends DrainableServer>(server: S): Promise<Watched<S>> {
  const told = watch()
  return { ...(await listen(server, { watcher: told.watcher })), told }
}

/** Answers at once, or holds what is asked for under /held. */
function holding(): {
  readonly held: ServerResponse[]
  readonly listener: (request: IncomingMessage, answer: ServerResponse) => void
} {
  const held: ServerResponse[] = []
  return {
    held,
    listener: (request, answer) =>
      void (request.url === '/held' ? held.push(answer) : answer.end('hello')),
  }
}

describe('what became of an HTTP/1 request', () => {
  it('answered: with its status, the bytes of its body and how long it took', async () => {
    await using site = await watched(
      createServer((request, answer) =>
        answer.writeHead(201, { 'X-Made': 'yes', 'Content-Length': 5 }).end('12345'),
      ),
    )
    await using client = await rawClient(site.port)
    const before = performance.now()
    client.send(get('/a') + get('/b'))
    expect(await site.told.count(2)).toEqual([
      ['answered', 'GET', '/a', 201],
      ['answered', 'GET', '/b', 201],
    ])
    for (const exchange of site.told.exchanges) {
      expect(exchange).toMatchObject({ bytes: 5, remoteAddress: '127.0.0.1', protocol: 'HTTP/1.1' })
      expect(exchange.startedAt).toBeGreaterThanOrEqual(before)
      expect(exchange.endedAt).toBeGreaterThanOrEqual(exchange.startedAt)
      expect(exchange.answerHeader('x-made')).toBe('yes')
      expect(exchange.requestHeader('host')).toBe('test')
      expect(exchange.requestHeader('referer')).toBeUndefined()
      expect(exchange.requestHeader('constructor')).toBeUndefined()
      expect(exchange.answerHeader('toString')).toBeUndefined()
    }
  })

  it('with the bytes of its body, whatever says how long that is', async () => {
    const answers: readonly ((answer: ServerResponse) => unknown)[] = [
      (answer) => answer.end('12345'),
      (answer) => answer.writeHead(200, { 'content-length': '3' }).end('123'),
      (answer) => answer.end('1234567'),
      // The sizes of its chunks and its end count.
      (answer) => void (answer.write('12'), answer.end('34')),
      (answer) => answer.end('1'),
      (answer) => answer.writeHead(304).end(),
      (answer) => answer.writeHead(200, { 'Content-Length': 9 }).end('123456789'),
      (answer) => answer.end(),
      (answer) => answer.writeHead(200, ['CONTENT-LENGTH', '2']).end('12'),
      (answer) => answer.writeHead(304, { 'Content-Length': 9 }).end(),
      (answer) => void (answer.write('1'), answer.end('2')),
    ]
    let next = 0
    await using site = await watched(createServer((_, answer) => void answers[next++]!(answer)))
    await using client = await rawClient(site.port)
    client.send(get('/').repeat(answers.length))
    await site.told.count(answers.length)
    expect(site.told.exchanges.map(({ bytes }) => bytes)).toEqual([
      5, 3, 7, 19, 1, 0, 9, 0, 2, 0, 17,
    ])
  })

  it('without the 100 Continue that went ahead of it, of this answer or of one before', async () => {
    const chunked = (answer: ServerResponse): void => void (answer.write('12'), answer.end('34'))
    const answers: readonly ((answer: ServerResponse) => unknown)[] = [
      (answer) => answer.end('12345'),
      chunked,
      chunked,
      chunked,
    ]
    let next = 0
    await using site = await watched(createServer((_, answer) => void answers[next++]!(answer)))
    await using client = await rawClient(site.port)
    const expectant =
      'POST / HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n'
    client.send(expectant + get('/') + expectant + get('/'))
    await site.told.count(answers.length)
    expect(site.told.exchanges.map(({ bytes }) => bytes)).toEqual([5, 19, 19, 19])
    await until(() => client.received.match(/100 Continue/g)?.length === 2)
  })

  it('aborted: with no status before the head was sent, with that of the head afterwards', async () => {
    const held: ServerResponse[] = []
    await using site = await watched(
      createServer((request, answer) => {
        if (request.url === '/begun') answer.write('begun')
        held.push(answer)
      }),
    )
    for (const path of ['/silent', '/begun']) {
      await using client = await rawClient(site.port)
      client.send(get(path))
      await until(() => held.some((answer) => answer.req.url === path))
      if (path === '/begun') await client.receive('begun')
    }
    expect(await site.told.count(2)).toEqual([
      ['aborted', 'GET', '/silent', undefined],
      ['aborted', 'GET', '/begun', 200],
    ])
    for (const answer of held) answer.end('too late')
    expect(site.tracker.stats()).toMatchObject({ inFlight: 0 })
  })

  it('each of those that a client has pipelined is told of, in their order', async () => {
    const { held, listener } = holding()
    await using site = await watched(createServer(listener))
    {
      await using client = await rawClient(site.port)
      client.send(get('/first') + get('/held') + get('/behind'))
      await until(() => held.length === 1)
      await client.receive('hello')
    }
    expect(await site.told.count(3)).toEqual([
      ['answered', 'GET', '/first', 200],
      ['aborted', 'GET', '/held', undefined],
      // The app has said what it would answer, and nothing of it has gone out.
      ['aborted', 'GET', '/behind', expect.anything()],
    ])
  })

  it('torn: the app closed the connection under its own answer', async () => {
    await using site = await watched(createServer((_, answer) => void answer.destroy()))
    await using client = await rawClient(site.port)
    client.send(get('/torn'))
    expect(await site.told.count(1)).toEqual([['torn', 'GET', '/torn', undefined]])
  })

  it('cut: by the deadline of a drain', async () => {
    const { held, listener } = holding()
    await using site = await watched(createServer(listener))
    await using client = await rawClient(site.port)
    client.send(get('/held'))
    await until(() => held.length === 1)
    await site.tracker.drain(AbortSignal.abort())
    expect(await site.told.count(1)).toEqual([['cut', 'GET', '/held', undefined]])
  })

  it('cut: also the event stream that was ended cleanly', async () => {
    await using site = await watched(
      createServer((_, answer) =>
        answer.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n'),
      ),
    )
    await using client = await rawClient(site.port)
    client.send(get('/events'))
    await client.receive('data: 1')
    await site.tracker.drain(AbortSignal.abort())
    expect(await site.told.count(1)).toEqual([['cut', 'GET', '/events', 200]])
  })

  it.each([
    { what: 'half a head', sent: 'GET / HTTP/1.1\r\n', told: [undefined, undefined] },
    {
      what: 'half a body',
      sent: 'POST /up HTTP/1.1\r\nHost: test\r\nContent-Length: 9\r\n\r\nhalf',
      told: ['POST', '/up'],
    },
  ])('timed out: with the 408 that Node gives for $what', async ({ sent, told }) => {
    const options = { headersTimeout: 50, requestTimeout: 50, connectionsCheckingInterval: 10 }
    await using site = await watched(createServer(options, (request) => void request.resume()))
    await using client = await rawClient(site.port)
    client.send(sent)
    await client.receive('408')
    expect(await site.told.count(1)).toEqual([['timed-out', ...told, 408]])
  })

  it.each([
    { sent: 'no HTTP\r\n\r\n', status: 400 },
    { sent: `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, status: 431 },
  ])(
    'refused: with the $status that Node gives for what is no request',
    async ({ sent, status }) => {
      await using site = await watched(createServer(() => {}))
      await using client = await rawClient(site.port)
      client.send(sent)
      await client.ended
      expect(await site.told.count(1)).toEqual([['refused', undefined, undefined, status]])
      expect(site.told.exchanges[0]).toMatchObject({ remoteAddress: '127.0.0.1' })
    },
  )

  it('refused: also where the app answers what is no request itself', async () => {
    const server = createServer(() => {})
    server.on('clientError', (_, socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    await using site = await watched(server)
    await using client = await rawClient(site.port)
    client.send('no HTTP\r\n\r\n')
    await client.ended
    expect(await site.told.count(1)).toEqual([['refused', undefined, undefined, 400]])
  })

  it('nothing is told of connections that come and go without a word', async () => {
    const { listener } = holding()
    await using site = await watched(createServer(listener))
    await using idle = await rawClient(site.port)
    await until(() => site.tracker.stats().connections === 1)
    await idle[Symbol.asyncDispose]()
    await until(() => site.tracker.stats().connections === 0)
    await using client = await rawClient(site.port)
    client.send(get('/'))
    await client.receive('hello')
    await client[Symbol.asyncDispose]()
    await until(() => site.tracker.stats().connections === 0)
    expect(await site.told.count(1)).toEqual([['answered', 'GET', '/', 200]])
  })

  it('is told over TLS as well, with the bytes that the app has sent', async () => {
    const tls = {
      key: readFileSync(new URL('fixtures/localhost.key.pem', import.meta.url)),
      cert: readFileSync(new URL('fixtures/localhost.cert.pem', import.meta.url)),
    }
    await using site = await watched(createSecureServer(tls, (_, answer) => answer.end('hello')))
    const socket = connectTls({ port: site.port, host: '127.0.0.1', rejectUnauthorized: false })
    socket.write(get('/secret').replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
    expect(await text(socket)).toContain('hello')
    expect(await site.told.count(1)).toEqual([['answered', 'GET', '/secret', 200]])
    expect(site.told.exchanges[0]).toMatchObject({ bytes: 5, remoteAddress: '127.0.0.1' })
  })
})

describe('what became of an upgrade', () => {
  const upgrade =
    'GET /socket HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

  it.each([
    { answer: 'HTTP/1.1 101 Switching Protocols\r\n\r\n', told: ['upgraded', 101] },
    { answer: 'HTTP/1.1 403 Forbidden\r\n\r\n', told: ['answered', 403] },
    { answer: '', told: ['aborted', undefined] },
  ])('is told when it ends: $told', async ({ answer, told: [ending, status] }) => {
    const server = createServer()
    server.on('upgrade', (_, socket) => socket.end(Buffer.from(answer)))
    await using site = await watched(server)
    await using client = await rawClient(site.port)
    client.send(upgrade)
    await client.ended
    expect(await site.told.count(1)).toEqual([[ending, 'GET', '/socket', status]])
  })
})

describe('what became of an HTTP/2 stream', () => {
  it('answered, aborted by the client, torn by the app, or cut at the deadline', async () => {
    const answers: Http2ServerResponse[] = []
    const server = createHttp2Server((request, answer) => {
      answers.push(answer)
      if (request.url === '/answered') answer.writeHead(201).end('hello')
      if (request.url === '/torn') answer.stream.destroy(new Error('no'))
    })
    await using site = await watched(server)
    const client = connectHttp2(`http://127.0.0.1:${site.port}`)
    client.on('error', () => {})
    const ask = (path: string) => client.request({ ':path': path }).on('error', () => {})
    expect(await text(ask('/answered'))).toBe('hello')
    await site.told.count(1)
    const aborted = ask('/aborted')
    await until(() => answers.length === 2)
    aborted.close(constants.NGHTTP2_CANCEL)
    await site.told.count(2)
    ask('/torn')
    await site.told.count(3)
    ask('/cut')
    await until(() => answers.length === 4)
    const closed = once(client, 'close')
    await site.tracker.drain(AbortSignal.abort())
    expect(await site.told.count(4)).toEqual([
      ['answered', 'GET', '/answered', 201],
      ['aborted', 'GET', '/aborted', undefined],
      ['torn', 'GET', '/torn', undefined],
      ['cut', 'GET', '/cut', undefined],
    ])
    expect(site.told.exchanges[0]).toMatchObject({
      protocol: 'HTTP/2.0',
      remoteAddress: '127.0.0.1',
    })
    await closed
  })
})

describe('the exchanges that go on', () => {
  it('can be looked at', async () => {
    const { held, listener } = holding()
    await using site = await watched(createServer(listener))
    await using client = await rawClient(site.port)
    client.send(get('/held'))
    await until(() => held.length === 1)
    const [exchange, ...others] = site.tracker.exchanges()
    expect(exchange).toMatchObject({ method: 'GET', url: '/held', ending: undefined, endedAt: 0 })
    expect(others).toEqual([])
    held[0]!.end()
    await site.told.count(1)
    expect([...site.tracker.exchanges()]).toEqual([])
  })
})
