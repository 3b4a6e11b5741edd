import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Holds no more than `most` connections: a new one takes the place of that which has been without a request for longest. To refuse
 * the new one instead would let a few clients that stall keep out the probes of an orchestrator.
 */
export function limitConnections(server: Server, most: number): void {
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    const [oldest] = open
    if (open.size > most && oldest) {
      open.delete(oldest)
      oldest.destroy()
    }
  })
  server.prependListener('request', ({ socket }) => {
    if (open.delete(socket)) open.add(socket)
  })
}
