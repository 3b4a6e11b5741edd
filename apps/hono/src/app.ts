import { setTimeout as sleep } from 'node:timers/promises'

import { type HttpBindings, upgradeWebSocket } from '@hono/node-server'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'

const app = new Hono<{ Bindings: HttpBindings }>()

/** Which worker answered, and whom. */
app.get('/', (c) =>
  c.json({
    worker: Number(process.env['NUNICORN_WORKER']),
    pid: process.pid,
    you: c.env.incoming.socket.remoteAddress,
  }),
)

/** Answers at once and goes on working; a reload waits for the work. */
app.post('/jobs', async (c) => {
  const job = await c.req.json<unknown>()
  c.executionCtx.waitUntil(sleep(500).then(() => console.log('done:', job)))
  return c.json({ accepted: job }, 202)
})

/** The time, every second, until the client leaves. */
app.get('/time', (c) =>
  streamSSE(c, async (stream) => {
    while (!stream.aborted) {
      await stream.writeSSE({ event: 'time', data: new Date().toISOString() })
      await stream.sleep(1_000)
    }
  }),
)

/** A WebSocket that sends back what it gets. */
app.get(
  '/echo',
  upgradeWebSocket(() => ({
    onMessage: ({ data }, socket) => socket.send(String(data)),
  })),
)

export default app
