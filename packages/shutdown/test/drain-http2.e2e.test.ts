import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  createSecureServer,
  createServer,
  type Http2ServerResponse,
} from 'node:http2'
import { text } from 'node:stream/consumers'

import { describe, expect, it } from 'vitest'

import { rawClient } from './raw-client.ts'
import { listen, noDeadline, until } from './tracked-server.ts'

const tls = {
  key: readFileSync(new URL('fixtures/localhost.key.pem', import.meta.url)),
  cert: readFileSync(new URL('fixtures/localhost.cert.pem', import.meta.url)),
}
/** RFC 9113 7. */
const [INTERNAL_ERROR, REFUSED_STREAM] = [2, 7]

function session(url: string): ClientHttp2Session & AsyncDisposable {
  const client = connect(url, { rejectUnauthorized: false })
  client.on('error', () => {})
  return Object.assign(client, {
    async [Symbol.asyncDispose]() {
      client.destroy()
    },
  })
}

function get(client: ClientHttp2Session, path: string): ClientHttp2Stream {
  const stream = client.request({ ':path': path })
  stream.on('error', () => {})
  return stream
}

describe('a draining HTTP/2 server', () => {
  it('finishes the streams it has accepted, and sends the client elsewhere with GOAWAY', async () => {
    const held: Http2ServerResponse[] = []
    await using site = await listen(createServer((_, answer) => held.push(answer)))
    await using client = session(`http://127.0.0.1:${site.port}`)
    const accepted = get(client, '/held')
    await until(() => held.length === 1)
    expect(site.tracker.stats()).toEqual({ requests: 1, inFlight: 1, connections: 1, kept: 0 })
    const goaway = once(client, 'goaway')
    const drained = site.tracker.drain(noDeadline())
    expect((await goaway).slice(0, 2)).toEqual([0, accepted.id])
    held[0]!.end('late')
    expect(await text(accepted)).toBe('late')
    expect(await drained).toEqual({ cut: [] })
    expect(site.tracker.stats()).toEqual({ requests: 1, inFlight: 0, connections: 0, kept: 0 })
  })

  it('tells a client that crosses the GOAWAY that its request was not looked at', async () => {
    const held: Http2ServerResponse[] = []
    await using site = await listen(createServer((_, answer) => held.push(answer)))
    await using client = session(`http://127.0.0.1:${site.port}`)
    const accepted = get(client, '/held')
    await until(() => held.length === 1)
    const drained = site.tracker.drain(noDeadline())
    const crossing = get(client, '/crossing')
    await new Promise((resolve) => crossing.once('close', resolve))
    expect(crossing.rstCode).toBe(REFUSED_STREAM)
    held[0]!.end('late')
    expect(await text(accepted)).toBe('late')
    expect(await drained).toEqual({ cut: [] })
    expect(held).toHaveLength(1)
  })

  it('closes sessions without a stream at once, and does not wait for peers that stay', async () => {
    await using site = await listen(createServer(), { headersTimeoutMs: 100 })
    await using client = session(`http://127.0.0.1:${site.port}`)
    await using _silent = await rawClient(site.port, { allowHalfOpen: true })
    await until(() => site.tracker.stats().connections === 2)
    expect(await site.tracker.drain(noDeadline())).toEqual({ cut: [] })
    expect(client.closed).toBe(true)
  })

  it('cuts and names streams at the deadline, and ends event streams cleanly', async () => {
    const server = createServer()
    server.on('stream', (stream, headers) => {
      if (headers[':path'] === '/events') stream.respond({ 'content-type': 'text/event-stream' })
      stream.write('begun')
    })
    await using site = await listen(server)
    await using client = session(`http://127.0.0.1:${site.port}`)
    const events = get(client, '/events')
    const slow = get(client, '/slow')
    await Promise.all([once(events, 'data'), once(slow, 'data')])
    const closed = Promise.all([
      once(events, 'end'),
      new Promise((resolve) => slow.once('close', resolve)),
    ])
    const { cut } = await site.tracker.drain(AbortSignal.abort())
    expect(cut).toMatchObject([
      { kind: 'event-stream', method: 'GET', url: '/events' },
      { kind: 'http2-stream', method: 'GET', url: '/slow' },
    ])
    await closed
    expect([events.rstCode, slow.rstCode]).toEqual([0, INTERNAL_ERROR])
  })

  it('drains HTTP/1 clients of a secure server as well, and handshakes that never begin', async () => {
    const held: { end(text: string): unknown }[] = []
    const server = createSecureServer({ ...tls, allowHTTP1: true }, (_, answer) =>
      held.push(answer),
    )
    await using site = await listen(server, { headersTimeoutMs: 100 })
    await using client = session(`https://127.0.0.1:${site.port}`)
    await using silent = await rawClient(site.port)
    const second = get(client, '/2')
    const first = httpsRequest({
      port: site.port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
    })
    const answered = once(first.end(), 'response')
    await until(() => held.length === 2)
    expect(site.tracker.stats()).toEqual({ requests: 2, inFlight: 2, connections: 3, kept: 0 })
    const drained = site.tracker.drain(noDeadline())
    expect(await silent.ended).toBe('closed')
    for (const answer of held) answer.end('late')
    const [response] = await answered
    expect(response.headers.connection).toBe('close')
    expect(await Promise.all([text(response), text(second)])).toEqual(['late', 'late'])
    expect(await drained).toEqual({ cut: [] })
  })

  it('does not make Node wrap the streams of an app that uses no request listener', async () => {
    const server = createServer()
    server.on('stream', (stream) => stream.end('raw'))
    await using site = await listen(server)
    await using client = session(`http://127.0.0.1:${site.port}`)
    expect(await text(get(client, '/'))).toBe('raw')
    expect(server.listenerCount('stream')).toBe(2)
    expect(server.listenerCount('request')).toBe(0)
  })
})
