import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'

import { WebSocketServer } from 'ws'

/** What the conformance suite asks for, on bare node:http. */
export async function listener(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  switch (pathname) {
    case '/slow':
      await setTimeout(Number(searchParams.get('ms')))
      response.end('ok')
      return
    case '/echo':
      request.pipe(response)
      return
    case '/empty':
      response.writeHead(Number(searchParams.get('status'))).end()
      return
    case '/throw':
      throw new Error('thrown on purpose')
    default:
      response.end('ok')
  }
}

/** The same as an http.Server, with the ws package for WebSockets. */
export function server(): Server {
  const server = createServer(listener)
  const sockets = new WebSocketServer({ server, path: '/ws' })
  sockets.on('connection', (socket) => {
    socket.on('message', (message) => socket.send(String(message)))
  })
  return server
}
