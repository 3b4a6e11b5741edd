import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'

import type { ListenAddress } from '@nunicorn/contract'
import { type Door, type Handle, openDoor } from '@nunicorn/sockets'

/** The sockets that the arbiter gave to this worker: closed until it is ready, then open, then closed for good. */
export interface Doors {
  /** @throws NunicornError `cannot-listen` */
  add(socket: string, door: ClosedDoor): void
  remove(socket: string): void
  /** @throws NunicornError `cannot-listen` */
  open(): void
  /** Stops accepting; with `acceptQueued` only once nothing waits in the kernel's queues any more. */
  close(how: { readonly acceptQueued: boolean }): Promise<void>
  addresses(): readonly ListenAddress[]
}

export interface ClosedDoor {
  readonly handle: Handle
  readonly backlog: number
  readonly path?: string
}

/** So many event-loop turns without a new connection mean that the queues are empty: libuv accepts one or more a turn. */
const quietTurns = 3
/** Clients that keep connecting must not keep a stopping worker open. */
const longestEmptyingMs = 500

export function createDoors(onConnection: (socket: Socket) => void): Doors {
  const waiting = new Map<string, ClosedDoor>()
  const doors = new Map<string, Door>()
  let state: 'shut' | 'open' | 'closed' = 'shut'
  let accepted = 0

  function accept(socket: Socket): void {
    accepted += 1
    onConnection(socket)
  }

  function openOne(socket: string, { handle, ...options }: ClosedDoor): void {
    doors.set(socket, openDoor(handle, { ...options, onConnection: accept }))
  }

  async function untilQuiet(): Promise<void> {
    const giveUpAt = performance.now() + longestEmptyingMs
    for (let quiet = 0; quiet < quietTurns && performance.now() < giveUpAt;) {
      const before = accepted
      await setImmediate()
      quiet = accepted === before ? quiet + 1 : 0
    }
  }

  return {
    add(socket, door) {
      if (state === 'closed') return door.handle.close()
      if (state === 'open') openOne(socket, door)
      else waiting.set(socket, door)
    },
    remove(socket) {
      doors.get(socket)?.close()
      doors.delete(socket)
      waiting.get(socket)?.handle.close()
      waiting.delete(socket)
    },
    open() {
      if (state !== 'shut') return
      state = 'open'
      for (const [socket, door] of waiting) openOne(socket, door)
      waiting.clear()
    },
    async close({ acceptQueued }) {
      if (state === 'open' && acceptQueued) await untilQuiet()
      state = 'closed'
      for (const socket of [...doors.keys(), ...waiting.keys()]) this.remove(socket)
    },
    addresses: () => [...doors.values()].map((door) => door.address),
  }
}
