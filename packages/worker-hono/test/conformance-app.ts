import { setTimeout } from 'node:timers/promises'

import { type HttpBindings, upgradeWebSocket } from '@hono/node-server'
import type { Hono } from 'hono'

type App = Hono<{ Bindings: HttpBindings }>

/** Adds what the conformance suite asks for. */
export function addRoutes(app: App): App {
  return app
    .get('/ok', (c) => c.text('ok'))
    .get('/slow', async (c) => {
      await setTimeout(Number(c.req.query('ms')))
      return c.text('ok')
    })
    .post('/echo', (c) => c.newResponse(c.req.raw.body))
    .get('/empty', (c) => c.newResponse(null, Number(c.req.query('status')) as 204 | 304))
    .get('/throw', () => {
      throw new Error('thrown on purpose')
    })
    .get(
      '/ws',
      upgradeWebSocket(() => ({
        onMessage: ({ data }, socket) => socket.send(String(data)),
      })),
    ) as App
}
