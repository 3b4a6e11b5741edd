import type { Socket } from 'node:net'
import { setImmediate, setTimeout } from 'node:timers/promises'

import type { ListenAddress } from '@nunicorn/contract'
import { type Door, type Handle, openDoor } from '@nunicorn/sockets'

/** The sockets that the arbiter gave to this worker: shut until it is ready, then open or shut, then closed for good. */
export interface Doors {
  /** @throws NunicornError `cannot-listen` */
  add(socket: string, door: ClosedDoor): void
  remove(socket: string): void
  /** @throws NunicornError `cannot-listen` */
  open(): void
  /**
   * Stops accepting until they are opened again. Node cannot stop without closing the socket, so that another copy of each
   * must be added.
   */
  shut(): void
  /** The sockets that were closed by {@link shut} and have not been added again. */
  missing(): readonly string[]
  /** Accepted and not yet closed. */
  readonly connections: number
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
/** How often a worker that stops looks whether its doors have been opened again. */
const shutLookMs = 10

export function createDoors(onConnection: (socket: Socket) => void): Doors {
  const waiting = new Map<string, ClosedDoor>()
  const doors = new Map<string, Door>()
  const missing = new Set<string>()
  const addresses = new Map<string, ListenAddress>()
  let state: 'shut' | 'open' | 'closed' = 'shut'
  let accepted = 0
  let gone = 0
  /** Of each door: it is a setting of the whole generation. */
  let backlog = 0

  function leave(): void {
    gone += 1
  }

  function accept(socket: Socket): void {
    accepted += 1
    socket.on('close', leave)
    onConnection(socket)
  }

  function openOne(socket: string, { handle, ...options }: ClosedDoor): void {
    const door = openDoor(handle, { ...options, onConnection: accept })
    doors.set(socket, door)
    addresses.set(socket, door.address)
    backlog = options.backlog
  }

  /** Clients that keep connecting must not keep a stopping worker open: no more can wait than the backlogs hold. */
  async function untilEmpty(emptying: AbortSignal): Promise<void> {
    const enough = accepted + addresses.size * backlog
    for (let quiet = 0; quiet < quietTurns && accepted < enough && !emptying.aborted;) {
      const before = accepted
      // Shut doors that can be opened again will be, when there is room for those who wait behind them.
      const canOpen = state === 'shut' && waiting.size > 0
      await (canOpen ? setTimeout(shutLookMs) : setImmediate())
      quiet = accepted === before && !canOpen ? quiet + 1 : 0
    }
  }

  return {
    add(socket, door) {
      missing.delete(socket)
      // What was asked for twice may come twice.
      if (state === 'closed' || doors.has(socket) || waiting.has(socket)) return door.handle.close()
      if (state === 'open') openOne(socket, door)
      else waiting.set(socket, door)
    },
    remove(socket) {
      doors.get(socket)?.close()
      doors.delete(socket)
      waiting.get(socket)?.handle.close()
      waiting.delete(socket)
      missing.delete(socket)
      addresses.delete(socket)
    },
    open() {
      if (state !== 'shut') return
      state = 'open'
      for (const [socket, door] of waiting) openOne(socket, door)
      waiting.clear()
    },
    shut() {
      if (state !== 'open') return
      state = 'shut'
      for (const [socket, door] of doors) {
        door.close()
        missing.add(socket)
      }
      doors.clear()
    },
    missing: () => [...missing],
    get connections() {
      return accepted - gone
    },
    async close(emptying) {
      if (emptying) await untilEmpty(emptying)
      state = 'closed'
      for (const socket of [...doors.keys(), ...waiting.keys()]) this.remove(socket)
    },
    addresses: () => [...addresses.values()],
  }
}
