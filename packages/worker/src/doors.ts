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
  /** Stops accepting: at once, or, for as long as `emptying` has not aborted, when nothing waits in the kernel's queues. */
  close(emptying?: AbortSignal): Promise<void>
  addresses(): readonly ListenAddress[]
}

export interface ClosedDoor {
  readonly handle: Handle
  readonly backlog: number
  readonly path?: string
}

/** So many event-loop turns without a new connection mean that the queues are empty: libuv accepts one or more a turn. */
const quietTurns = 3

export function createDoors(onConnection: (socket: Socket) => void): Doors {
  const waiting = new Map<string, ClosedDoor>()
  const doors = new Map<string, Door>()
  let state: 'shut' | 'open' | 'closed' = 'shut'
  let accepted = 0
  /** Of each door: it is a setting of the whole generation. */
  let backlog = 0

  function accept(socket: Socket): void {
    accepted += 1
    onConnection(socket)
  }

  function openOne(socket: string, { handle, ...options }: ClosedDoor): void {
    doors.set(socket, openDoor(handle, { ...options, onConnection: accept }))
    backlog = options.backlog
  }

  /** Clients that keep connecting must not keep a stopping worker open: no more can wait than the backlogs hold. */
  async function untilEmpty(emptying: AbortSignal): Promise<void> {
    const enough = accepted + doors.size * backlog
    for (let quiet = 0; quiet < quietTurns && accepted < enough && !emptying.aborted;) {
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
    async close(emptying) {
      if (state === 'open' && emptying) await untilEmpty(emptying)
      state = 'closed'
      for (const socket of [...doors.keys(), ...waiting.keys()]) this.remove(socket)
    },
    addresses: () => [...doors.values()].map((door) => door.address),
  }
}
