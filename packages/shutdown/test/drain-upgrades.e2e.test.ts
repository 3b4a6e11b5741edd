import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

import { describe, expect, it } from 'vitest'

import { rawClient } from './raw-client.ts'
import { listen, noDeadline, until } from './tracked-server.ts'

const goingAway = '\x88\x02\x03\xe9'

function handshake(request: IncomingMessage): string {
  const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
  const accept = createHash('sha1').update(key).digest('base64')
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`
}

const upgradeTo = (protocol: string): string =>
  `GET /socket HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\nSec-WebSocket-Key: eA==\r\n\r\n`

describe('a draining server with WebSockets', () => {
  it('closes them with 1001, cleanly for the peer', async () => {
    const server = createServer()
    server.on('upgrade', (request, socket) => {
      socket.write(handshake(request))
      // What is left to a library: the echo of the peer ends the connection.
      socket.on('data', () => socket.end())
    })
    await using site = await listen(server)
    const client = new WebSocket(`ws://127.0.0.1:${site.port}/socket`)
    await once(client, 'open')
    const closed = once(client, 'close')
    expect(await site.tracker.drain(noDeadline())).toEqual({ cut: [] })
    expect((await closed)[0]).toMatchObject({ code: 1001, wasClean: true })
  })

  it('waits for the handshake before it sends the close frame', async () => {
    const upgrades: [IncomingMessage, Duplex][] = []
    const server = createServer()
    server.on('upgrade', (request, socket) => upgrades.push([request, socket]))
    await using site = await listen(server)
    await using client = await rawClient(site.port)
    client.send(upgradeTo('WebSocket'))
    await until(() => upgrades.length === 1)
    const drained = site.tracker.drain(noDeadline())
    const [[request, socket]] = upgrades as [[IncomingMessage, Duplex]]
    socket.write(handshake(request))
    expect(await client.receive(goingAway)).toMatch(/^HTTP\/1.1 101 [^]*\r\n\r\n....$/)
    client.halfClose()
    expect(await drained).toEqual({ cut: [] })
  })

  it('leaves other upgrades and tunnels to the deadline', async () => {
    const server = createServer()
    server.on('upgrade', (_, socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'))
    server.on('connect', (_, socket) => socket.write('HTTP/1.1 200 Connected\r\n\r\n'))
    await using site = await listen(server)
    await using other = await rawClient(site.port)
    await using tunnel = await rawClient(site.port)
    other.send(upgradeTo('other'))
    await other.receive('101')
    tunnel.send('CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n')
    await tunnel.receive('200')
    const deadline = new AbortController()
    const drained = site.tracker.drain(deadline.signal)
    deadline.abort()
    expect((await drained).cut).toMatchObject([
      { kind: 'upgrade', method: 'GET', url: '/socket' },
      { kind: 'upgrade', method: 'CONNECT', url: 'example.org:443' },
    ])
    await Promise.all([other.ended, tunnel.ended])
    expect(other.received + tunnel.received).not.toContain(goingAway)
  })

  it('cuts and names a WebSocket whose peer does not answer', async () => {
    const server = createServer()
    server.on('upgrade', (request, socket) => socket.write(handshake(request)))
    await using site = await listen(server)
    await using client = await rawClient(site.port)
    client.send(upgradeTo('websocket'))
    await client.receive('\r\n\r\n')
    const deadline = new AbortController()
    const drained = site.tracker.drain(deadline.signal)
    await client.receive(goingAway)
    deadline.abort()
    expect((await drained).cut).toMatchObject([{ kind: 'websocket', url: '/socket' }])
  })

  it('leaves upgrade requests to an app that listens to no upgrades', async () => {
    const server = createServer((_, answer) => answer.end('plain'))
    await using site = await listen(server)
    await using client = await rawClient(site.port)
    client.send(upgradeTo('h2c'))
    await client.receive('plain')
    expect(site.tracker.stats()).toMatchObject({ requests: 1 })
  })
})
