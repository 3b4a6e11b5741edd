import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'

/**
 * A port on which nobody listens, below the range from which the kernel gives ports to others, so that it is still free
 * when a server binds it a moment later. The server cannot choose it (port 0): until it had told us, nobody could connect
 * to it, and the time to the first answer would be that of the message.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (lowestOfKernel() - lowest))
    if (await isFree(port)) return port
  }
}

/** Above the ports that well-known servers have. */
const lowest = 20_000

function lowestOfKernel(): number {
  return Number(/\d+/.exec(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'latin1'))?.[0])
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen({ port, host: '127.0.0.1' })
  try {
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
