import { createServer, type Server } from 'node:http'
import { setTimeout } from 'node:timers/promises'

import Koa from 'koa'
import { WebSocketServer } from 'ws'

/** What the conformance suite asks for, but WebSockets. */
export function createApp(): Koa {
  const app = new Koa()
  // Or each error that is thrown on purpose would be printed.
  app.silent = true
  return app.use(async (context) => {
    switch (context.path) {
      case '/slow':
        await setTimeout(Number(context.query['ms']))
        context.body = 'ok'
        break
      case '/echo':
        context.body = context.req
        break
      case '/empty':
        context.status = Number(context.query['status'])
        break
      case '/throw':
        throw new Error('thrown on purpose')
      default:
        context.body = 'ok'
    }
  })
}

/** The same with WebSockets, as a user of `-k http` writes it. */
export function createAppServer(): Server {
  const server = createServer(createApp().callback())
  const sockets = new WebSocketServer({ server, path: '/ws' })
  sockets.on('connection', (socket) => {
    socket.on('message', (message) => socket.send(String(message)))
  })
  return server
}
