import { type HttpBindings, upgradeWebSocket } from '@hono/node-server'
import { ask, openWebSocket, startTestWorker } from '@nunicorn/testing'
import { Hono } from 'hono'
import { expect, it } from 'vitest'

import { honoClass } from '../src/index.ts'

const handshake = [
  'Host: test',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]

it('gives a WebSocket to the route that upgrades it, after the middleware before it', async () => {
  const app = new Hono<{ Bindings: HttpBindings; Variables: { user: string } }>()
    .use(async (c, next) => {
      c.set('user', c.req.query('user') ?? 'nobody')
      await next()
    })
    .get(
      '/rooms/:room',
      upgradeWebSocket((c) => ({
        onOpen: (_event, socket) =>
          socket.send(
            `${c.get('user')} in ${c.req.param('room')} from ${c.env.incoming.socket.remoteAddress}`,
          ),
      })),
    )
  await using worker = await startTestWorker(honoClass, { app })
  using socket = await openWebSocket(worker, '/rooms/blue?user=ada')
  expect(await socket.next()).toBe('ada in blue from 127.0.0.1')
})

it('tells the app that a WebSocket has closed when the worker drains', async () => {
  const closed = Promise.withResolvers<number>()
  const app = new Hono().get(
    '/ws',
    upgradeWebSocket(() => ({ onClose: ({ code }) => closed.resolve(code) })),
  )
  await using worker = await startTestWorker(honoClass, { app })
  using _socket = await openWebSocket(worker, '/ws')
  expect(await worker.drain()).toEqual({ cut: [] })
  expect(await closed.promise).toBe(1001)
})

it.each([
  ['a route that is none', '/missing', 404],
  ['a route without WebSocket', '/text', 200],
  ['a middleware that refuses it', '/private', 401],
])('turns a handshake away at %s', async (_what, path, status) => {
  const app = new Hono()
    .get('/text', (c) => c.text('text'))
    .use('/private', async (c) => c.text('no', 401))
    .get(
      '/private',
      upgradeWebSocket(() => ({})),
    )
  await using worker = await startTestWorker(honoClass, { app })
  const answer = await ask(worker, [`GET ${path} HTTP/1.1`, ...handshake])
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
})
