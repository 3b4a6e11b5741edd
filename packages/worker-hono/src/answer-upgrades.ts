import type { EventEmitter } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'

/**
 * Lets the server that @hono/node-server has made answer the WebSocket handshakes of `server`. They are two, and only
 * `server` is served: where the bridge's `upgrade` listener is not the only one, it leaves it to the others to turn a
 * client away, and the drain listens too.
 */
export function answerUpgrades(server: Server, bridge: EventEmitter): void {
  // Clients that offer h2c (Java's, curl --http2) are to get their answer over HTTP/1.1. Node knows this since 22.21.
  Object.assign(server, { shouldUpgradeCallback: asksForWebSocket })
  server.on('upgrade', (request, socket, head) => {
    if (asksForWebSocket(request)) bridge.emit('upgrade', request, socket, head)
    else socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
  })
}

function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}
