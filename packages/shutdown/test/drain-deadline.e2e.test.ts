import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

import { describe, expect, it } from 'vitest'

import { drainServer } from '@nunicorn/shutdown'

import { get, rawClient } from './raw-client.ts'
import { listen, noDeadline, open, until } from './tracked-server.ts'

describe('a drain at its deadline', () => {
  it('destroys and names what is left', async () => {
    const server = createServer((_, answer) => answer.write('begun'))
    await using site = await listen(server)
    await using client = await rawClient(site.port)
    client.send('POST /slow?a=1 HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n')
    await client.receive('begun')
    await using silent = await rawClient(site.port)
    await until(() => site.tracker.stats().connections === 2)
    const { cut } = await site.tracker.drain(AbortSignal.timeout(400))
    expect(cut).toEqual([
      {
        kind: 'request',
        method: 'POST',
        url: '/slow?a=1',
        ageMs: expect.any(Number),
        bytes: expect.any(Number),
      },
      { kind: 'idle', ageMs: expect.any(Number), bytes: 0 },
    ])
    expect(cut[0]!.ageMs).toBeGreaterThanOrEqual(399)
    expect(cut[0]!.bytes).toBeGreaterThan('begun'.length)
    await Promise.all([client.ended, silent.ended])
  })

  it('ends event streams cleanly, and what the app writes later does no harm', async () => {
    const streams: ServerResponse[] = []
    const server = createServer((_, answer) => {
      // As in every example of server-sent events.
      answer.writeHead(200, { 'Content-Type': 'text/event-stream', Connection: 'keep-alive' })
      answer.write('data: 1\n\n')
      streams.push(answer)
    })
    await using site = await listen(server)
    await using client = await rawClient(site.port)
    client.send(get('/events'))
    await client.receive('data: 1')
    const deadline = new AbortController()
    const drained = site.tracker.drain(deadline.signal)
    streams[0]!.write('data: 2\n\n')
    await client.receive('data: 2')
    deadline.abort()
    streams[0]!.write('data: 3\n\n')
    const { cut } = await drained
    streams[0]!.write('data: 4\n\n')
    expect(cut).toMatchObject([{ kind: 'event-stream', method: 'GET', url: '/events' }])
    expect(await client.ended).toBe('closed')
    expect(client.received).toMatch(/data: 2\n\n\r\n0\r\n\r\n$/)
  })

  it('bears an app that goes on writing to a stream whose client does not read', async () => {
    const streams: ServerResponse[] = []
    const server = createServer((_, answer) => {
      answer.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('x'.repeat(8_000_000))
      streams.push(answer)
    })
    await using site = await listen(server)
    await using client = await rawClient(site.port)
    client.pause()
    client.send(get('/events'))
    await until(() => streams.length === 1)
    const drained = site.tracker.drain(AbortSignal.abort())
    streams[0]!.write('late')
    expect((await drained).cut).toMatchObject([{ kind: 'event-stream' }])
  })

  it('lets an event stream that ends by itself finish', async () => {
    const streams: ServerResponse[] = []
    const server = createServer((_, answer) => {
      answer.setHeader('Content-Type', 'text/event-stream').write('data: 1\n\n')
      streams.push(answer)
    })
    server.keepAliveTimeout = 10
    await using site = await listen(server)
    await using client = await rawClient(site.port)
    client.send(get('/events'))
    await client.receive('data: 1')
    const drained = site.tracker.drain(noDeadline())
    streams[0]!.end('data: [DONE]\n\n')
    await client.receive('[DONE]')
    expect(await drained).toEqual({ cut: [] })
  })

  it('is shared by two drains, and the earlier one counts', async () => {
    await using site = await listen(createServer(() => {}))
    await using client = await rawClient(site.port)
    client.send(get('/'))
    await until(() => site.tracker.stats().inFlight === 1)
    const first = site.tracker.drain(noDeadline())
    const second = site.tracker.drain(AbortSignal.abort())
    expect(second).toBe(first)
    expect((await first).cut).toMatchObject([{ kind: 'request', url: '/' }])
    expect(await site.tracker.drain(AbortSignal.abort())).toBe(await first)
  })

  it('cuts connections too that were accepted before the server was tracked', async () => {
    const requests: IncomingMessage[] = []
    const server = createServer((request) => requests.push(request))
    await using site = await open(server)
    await using client = await rawClient(site.port)
    client.send(get('/'))
    await until(() => requests.length === 1)
    expect(await drainServer(server, { deadlineMs: 10 })).toEqual({ cut: [] })
    await client.ended
  })
})

describe('drainServer', () => {
  it('tracks at once, drains when told, and cuts after its deadline', async () => {
    const server = createServer((request, answer) => request.url === '/' && answer.end('done'))
    const stop = new AbortController()
    const drained = drainServer(server, { deadlineMs: 100, on: stop.signal })
    await using site = await open(server)
    await using client = await rawClient(site.port)
    client.send(get('/'))
    expect(await client.receive('done')).toContain('keep-alive')
    client.send(get('/slow'))
    stop.abort()
    expect(await drained).toMatchObject({ cut: [{ kind: 'request', url: '/slow' }] })
    expect(server.listening).toBe(false)
  })
})
