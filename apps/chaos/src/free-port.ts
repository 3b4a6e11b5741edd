import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below the range from which the kernel gives ports to clients, so that none takes it before the server does. */
const lowest = 20_000
const highest = 32_000

/** A port on which nobody listens: a server that is told its port can be watched from before it listens. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest))
    if (await isFree(port)) return port
  }
}

/** Whether the port can be bound now. */
export async function isFree(port: number): Promise<boolean> {
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
