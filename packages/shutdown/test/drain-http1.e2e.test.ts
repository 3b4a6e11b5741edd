import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { createServer as createNetServer, type Socket } from 'node:net'

import { describe, expect, it } from 'vitest'

import { trackServer } from '@nunicorn/shutdown'

import { get, rawClient } from './raw-client.ts'
import { listen, noDeadline, open, until } from './tracked-server.ts'

const nothingCut = { cut: [] }

/** A server that answers `/held` when told, and everything else at once. */
function holdingServer() {
  const held: ServerResponse[] = []
  const server = createServer((request, answer) => {
    if (request.url === '/held') held.push(answer)
    else answer.end('done')
  })
  return { server, held }
}

describe('a draining HTTP/1 server', () => {
  it('refuses new connections and resolves at once when there are none', async () => {
    await using site = await listen(createServer())
    await expect(site.tracker.drain(noDeadline())).resolves.toEqual(nothingCut)
    await expect(rawClient(site.port)).rejects.toThrow('ECONNREFUSED')
  })

  it('lets an answer in flight finish, says close on it, and closes its connection', async () => {
    const { server, held } = holdingServer()
    server.keepAliveTimeout = 72_000
    await using site = await listen(server)
    await using client = await rawClient(site.port)
    client.send(get('/held'))
    await until(() => held.length === 1)
    const drained = site.tracker.drain(noDeadline())
    held[0]!.end('late')
    expect(await client.receive('late')).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*Connection: close\r\n/)
    expect(client.received).not.toContain('Keep-Alive')
    expect(await client.ended).toBe('closed')
    expect(await drained).toEqual(nothingCut)
  })

  it('answers the request that crosses the close of an idle connection, says close, and closes', async () => {
    const { server } = holdingServer()
    server.keepAliveTimeout = 72_000
    await using site = await listen(server)
    await using client = await rawClient(site.port)
    client.send(get('/first'))
    expect(await client.receive('done')).toContain('Connection: keep-alive')
    const drained = site.tracker.drain(noDeadline())
    client.received = ''
    client.send(get('/second'))
    expect(await client.receive('done')).toContain('Connection: close')
    expect(await client.ended).toBe('closed')
    expect(await drained).toEqual(nothingCut)
  })

  it('keeps an idle connection for the time that its last answer promised, and no longer', async () => {
    const { server } = holdingServer()
    Object.assign(server, { keepAliveTimeout: 300, keepAliveTimeoutBuffer: 100 })
    await using site = await listen(server, { headersTimeoutMs: 10 })
    await using client = await rawClient(site.port)
    const answeredAfter = performance.now()
    client.send(get('/'))
    await client.receive('done')
    const drained = site.tracker.drain(noDeadline())
    expect(await client.ended).toBe('closed')
    expect(performance.now() - answeredAfter).toBeGreaterThanOrEqual(399)
    expect(performance.now() - answeredAfter).toBeLessThan(2_000)
    expect(await drained).toEqual(nothingCut)
  })

  it('keeps the promised time also where the app listens to the timeout event of the server', async () => {
    const { server } = holdingServer()
    Object.assign(server, { keepAliveTimeout: 100, keepAliveTimeoutBuffer: 0 })
    server.on('timeout', () => {})
    await using site = await listen(server)
    await using client = await rawClient(site.port)
    client.send(get('/'))
    await client.receive('done')
    expect(await site.tracker.drain(noDeadline())).toEqual(nothingCut)
    expect(await client.ended).toBe('closed')
  })

  it('closes connections without a request after the header timeout, whether promised nothing, silent or half a head', async () => {
    const { server } = holdingServer()
    server.keepAliveTimeout = 0
    const sockets: Socket[] = []
    server.on('connection', (socket) => sockets.push(socket))
    await using site = await listen(server, { headersTimeoutMs: 200 })
    await using silent = await rawClient(site.port)
    await using half = await rawClient(site.port)
    half.send('GET / HTT')
    await using unpromised = await rawClient(site.port)
    unpromised.send(get('/'))
    await unpromised.receive('done')
    await until(
      () =>
        sockets.length === 3 &&
        sockets.every(({ bytesRead }, index) => bytesRead > 0 || index === 0),
    )
    const startedAt = performance.now()
    expect(await site.tracker.drain(noDeadline())).toEqual(nothingCut)
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(199)
    await Promise.all([silent.ended, half.ended, unpromised.ended])
  })

  it('takes the header timeout of the server if that is shorter', async () => {
    const { server } = holdingServer()
    server.headersTimeout = 50
    await using site = await listen(server, { headersTimeoutMs: 60_000 })
    await using client = await rawClient(site.port)
    await until(() => site.tracker.stats().connections === 1)
    expect(await site.tracker.drain(noDeadline())).toEqual(nothingCut)
    expect(await client.ended).toBe('closed')
  })

  it('answers a head that is completed, and one that comes on a connection that was silent', async () => {
    const { server } = holdingServer()
    await using site = await listen(server)
    await using half = await rawClient(site.port)
    await using silent = await rawClient(site.port)
    half.send('GET / HTTP/1.1\r\nHo')
    await until(() => site.tracker.stats().connections === 2)
    const drained = site.tracker.drain(noDeadline())
    half.send('st: test\r\n\r\n')
    silent.send(get('/'))
    expect(await half.receive('done')).toContain('Connection: close')
    expect(await silent.receive('done')).toContain('Connection: close')
    expect(await Promise.all([half.ended, silent.ended, drained])).toEqual([
      'closed',
      'closed',
      nothingCut,
    ])
  })

  it('reads an upload in progress to its end', async () => {
    const server = createServer((request, answer) => {
      let bytes = 0
      request.on('data', (chunk: Buffer) => (bytes += chunk.length))
      request.on('end', () => answer.end(`got ${bytes}`))
    })
    await using site = await listen(server)
    await using client = await rawClient(site.port)
    client.send('POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 200000\r\n\r\n')
    client.send(Buffer.alloc(100_000))
    await until(() => site.tracker.stats().inFlight === 1)
    const drained = site.tracker.drain(noDeadline())
    client.send(Buffer.alloc(100_000))
    expect(await client.receive('got 200000')).toContain('Connection: close')
    expect(await drained).toEqual(nothingCut)
  })

  it('reads on after an early answer, so that no reset discards it', async () => {
    const server = createServer((_, answer) => answer.writeHead(413).end('too large'))
    await using site = await listen(server)
    await using client = await rawClient(site.port, { allowHalfOpen: true })
    await until(() => site.tracker.stats().connections === 1)
    const drained = site.tracker.drain(noDeadline())
    client.send('POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 4000000\r\n\r\n')
    expect(await client.receive('too large')).toContain('Connection: close')
    client.send(Buffer.alloc(4_000_000))
    client.halfClose()
    expect(await client.ended).toBe('closed')
    expect(await drained).toEqual(nothingCut)
  })

  it('does not wait for the rest of a request that has been answered and does not come', async () => {
    const server = createServer((_, answer) => answer.writeHead(413).end('too large'))
    await using site = await listen(server, { headersTimeoutMs: 100 })
    await using client = await rawClient(site.port, { allowHalfOpen: true })
    await until(() => site.tracker.stats().connections === 1)
    const drained = site.tracker.drain(noDeadline())
    client.send('POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nhalf')
    await client.receive('too large')
    expect(await drained).toEqual(nothingCut)
  })

  it('answers all requests that were pipelined before the first answer began, in order, the last one with close', async () => {
    const { server, held } = holdingServer()
    await using site = await listen(server)
    await using client = await rawClient(site.port)
    client.send(get('/held').repeat(3))
    await until(() => held.length === 3)
    const drained = site.tracker.drain(noDeadline())
    held[2]!.end('third')
    held[0]!.end('first')
    held[1]!.end('second')
    await client.receive('third')
    expect(client.received.match(/Connection: [a-z-]+|first|second|third/g)).toEqual([
      'Connection: keep-alive',
      'first',
      'Connection: keep-alive',
      'second',
      'Connection: close',
      'third',
    ])
    expect(await client.ended).toBe('closed')
    expect(await drained).toEqual(nothingCut)
  })

  it.each<[string, (answer: ServerResponse) => void]>([
    ['in an object', (answer) => answer.writeHead(200, { Connection: 'keep-alive', 'X-A': 'b' })],
    ['in a flat list', (answer) => answer.writeHead(200, ['Connection', 'keep-alive', 'X-A', 'b'])],
    ['as a header', (answer) => answer.setHeader('Connection', 'keep-alive').setHeader('X-A', 'b')],
  ])('says close even where the app says keep-alive %s', async (_, answerWith) => {
    const server = createServer((_, answer) => {
      answerWith(answer)
      answer.end('done')
    })
    await using site = await listen(server)
    await using client = await rawClient(site.port)
    await until(() => site.tracker.stats().connections === 1)
    const drained = site.tracker.drain(noDeadline())
    client.send(get('/'))
    expect((await client.receive('done')).match(/^(Connection|X-A): .*$/gm)).toEqual(
      expect.arrayContaining(['Connection: close', 'X-A: b']),
    )
    expect(client.received).not.toContain('keep-alive')
    expect(await drained).toEqual(nothingCut)
  })

  it('says close before a listener that was prepended later, and after Expect: 100-continue', async () => {
    const server = createServer()
    await using site = await listen(server)
    server.prependListener('request', (_, answer) => answer.end('done'))
    await using client = await rawClient(site.port)
    await until(() => site.tracker.stats().connections === 1)
    const drained = site.tracker.drain(noDeadline())
    client.send('GET / HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\n\r\n')
    expect(await client.receive('done')).toMatch(
      /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK\r\n[^]*Connection: close/,
    )
    expect(await drained).toEqual(nothingCut)
  })

  it('answers a client that has closed its side, and closes then', async () => {
    const { server, held } = holdingServer()
    Object.assign(server, { httpAllowHalfOpen: true })
    await using site = await listen(server)
    await using client = await rawClient(site.port, { allowHalfOpen: true })
    client.send(get('/held'))
    client.halfClose()
    await until(() => held.length === 1)
    const drained = site.tracker.drain(noDeadline())
    held[0]!.end('late')
    expect(await client.receive('late')).toContain('Connection: close')
    expect(await client.ended).toBe('closed')
    expect(await drained).toEqual(nothingCut)
  })

  it('hands a large answer to the kernel whole before it resolves', async () => {
    const body = 'x'.repeat(8_000_000)
    const server = createServer((_, answer) => answer.end(body))
    Object.assign(server, { keepAliveTimeout: 50, keepAliveTimeoutBuffer: 0 })
    await using site = await listen(server)
    await using client = await rawClient(site.port)
    client.pause()
    client.send(get('/'))
    await until(() => site.tracker.stats().inFlight === 1)
    const drained = site.tracker.drain(noDeadline())
    client.resume()
    expect(await client.ended).toBe('closed')
    expect(client.received.length).toBeGreaterThan(body.length)
    expect(await drained).toEqual(nothingCut)
  })

  it('drains connections that were handed to a server that does not listen', async () => {
    const { server, held } = holdingServer()
    const tracker = trackServer(server)
    const door = createNetServer({ allowHalfOpen: true }, (socket) =>
      server.emit('connection', socket),
    )
    await using site = await open(door)
    await using client = await rawClient(site.port)
    client.send(get('/held'))
    await until(() => held.length === 1)
    let closeEvents = 0
    server.on('close', () => (closeEvents += 1))
    const drained = tracker.drain(noDeadline())
    await using late = await rawClient(site.port)
    late.send(get('/'))
    expect(await late.receive('done')).toContain('Connection: close')
    held[0]!.end('late')
    expect(await client.receive('late')).toContain('Connection: close')
    expect(await drained).toEqual(nothingCut)
    expect(closeEvents).toBe(0)
    expect(door.listening).toBe(true)
  })

  it('waits for connections that were accepted before it was tracked', async () => {
    const { server, held } = holdingServer()
    await using site = await open(server)
    await using client = await rawClient(site.port)
    client.send(get('/held'))
    await until(() => held.length === 1)
    server.keepAliveTimeout = 10
    let resolved = false
    const drained = trackServer(server)
      .drain(noDeadline())
      .finally(() => (resolved = true))
    held[0]!.end('late')
    await client.receive('late')
    expect(resolved).toBe(false)
    expect(await drained).toEqual(nothingCut)
  })
})

describe('a tracked HTTP/1 server', () => {
  it('counts requests, those in flight, and connections', async () => {
    const { server, held } = holdingServer()
    await using site = await listen(server)
    await using first = await rawClient(site.port)
    await using second = await rawClient(site.port)
    first.send(get('/'))
    await first.receive('done')
    second.send(get('/held'))
    await until(() => held.length === 1)
    expect(site.tracker.stats()).toEqual({ requests: 2, inFlight: 1, connections: 2, kept: 0 })
    held[0]!.end('late')
    await second.receive('late')
    await until(() => site.tracker.stats().inFlight === 0)
    await first[Symbol.asyncDispose]()
    await until(() => site.tracker.stats().connections === 1)
    expect(site.tracker.stats()).toEqual({ requests: 2, inFlight: 0, connections: 1, kept: 0 })
  })

  it('counts a request once, whatever the app emits it again for, and forgets it when the client leaves', async () => {
    const server = createServer()
    server.on('checkContinue', (request, answer: ServerResponse) => {
      answer.writeContinue()
      server.emit('request', request, answer)
    })
    server.on('request', () => {})
    await using site = await listen(server)
    await using client = await rawClient(site.port)
    client.send(
      'POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n',
    )
    await once(server, 'request')
    client.send(`x${get('/')}`)
    await until(() => site.tracker.stats().requests === 2)
    expect(site.tracker.stats()).toEqual({ requests: 2, inFlight: 2, connections: 1, kept: 1 })
    await client[Symbol.asyncDispose]()
    await until(() => site.tracker.stats().connections === 0)
    expect(site.tracker.stats()).toEqual({ requests: 2, inFlight: 0, connections: 0, kept: 0 })
  })

  it('answers keep-alive and leaves Expect to Node as long as it does not drain', async () => {
    const { server } = holdingServer()
    await using site = await listen(server)
    await using client = await rawClient(site.port)
    client.send(
      'GET / HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n',
    )
    expect(await client.receive('done')).toMatch(
      /^HTTP\/1.1 100 Continue[^]*Connection: keep-alive/,
    )
  })
})
