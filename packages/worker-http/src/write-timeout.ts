import type { Socket } from 'node:net'

import type { Sweep } from './sweeps.ts'

/** What Node knows of the bytes between a socket and the kernel; its own socket timeout goes by the same. */
interface Queue {
  readonly bytesWritten?: number
  readonly writeQueueSize?: number
}

interface QueueingSocket extends Socket {
  /** That of TLS counts a write as waiting until all of it is gone; the one below, the parent, knows what has gone. */
  readonly _handle?: (Queue & { readonly _parent?: Queue }) | null
}

interface Stall {
  readonly taken: number
  readonly since: number
}

/**
 * Disconnects clients that take nothing of what waits for them, and with it the memory and the app's work behind it.
 *
 * What can be seen is what the kernel takes, which is nothing until a third of its send buffer is free again: a client that
 * takes less than that in `timeoutMs` (some 400 kB on loopback, less on the way to a real one) passes for one that
 * takes nothing.
 */
export function createWriteTimeout(timeoutMs: number, note: (line: string) => void): Sweep {
  let stalls = new Map<Socket, Stall>()
  return (connections, now) => {
    const before = stalls
    stalls = new Map()
    for (const { socket, exchanges } of connections) {
      const taken = socket.writableLength > 0 ? takenBy(socket) : undefined
      if (taken === undefined) continue
      const last = before.get(socket)
      const stall = last?.taken === taken ? last : { taken, since: now }
      stalls.set(socket, stall)
      if (now - stall.since < timeoutMs) continue
      const { method, url } = exchanges[0]?.answer.req ?? {}
      const what = method === undefined ? 'an answer' : `the answer to ${method} ${url}`
      note(`Disconnected a client that took nothing of ${what} for ${timeoutMs / 1_000} s.`)
      for (const exchange of exchanges) exchange.doom = 'stalled'
      socket.destroy()
    }
  }
}

/** How much the kernel has taken in all; undefined while it has everything. */
function takenBy({ _handle: handle }: QueueingSocket): number | undefined {
  const { bytesWritten = 0, writeQueueSize = 0 } = handle?._parent ?? handle ?? {}
  return writeQueueSize > 0 ? bytesWritten - writeQueueSize : undefined
}
