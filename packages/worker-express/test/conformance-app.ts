import { createServer, type Server } from 'node:http'

import type express from 'express'
import { WebSocketServer } from 'ws'

/** What the conformance suite asks for, but WebSockets. */
export function createApp(createExpress: typeof express): express.Express {
  return createExpress()
    .get('/ok', (_request, response) => void response.send('ok'))
    .get('/slow', (request, response) => {
      setTimeout(() => response.send('ok'), Number(request.query['ms']))
    })
    .post('/echo', (request, response) => void request.pipe(response))
    .get('/empty', (request, response) => {
      response.status(Number(request.query['status'])).end()
    })
    .get('/throw', () => {
      throw new Error('thrown on purpose')
    })
}

/** The same with WebSockets, as a user of `-k http` writes it. */
export function createAppServer(createExpress: typeof express): Server {
  const server = createServer(createApp(createExpress))
  const sockets = new WebSocketServer({ server, path: '/ws' })
  sockets.on('connection', (socket) => {
    socket.on('message', (message) => socket.send(String(message)))
  })
  return server
}
