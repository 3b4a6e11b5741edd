import { type Logger, reportError } from '@nunicorn/contract'

import type { Descriptors } from './descriptors.ts'
import type { Doors } from './doors.ts'
import { type Gate, gate, type Load, room } from './gate.ts'
import { createGateLog } from './gate-log.ts'

export interface GatekeeperOptions {
  readonly doors: Doors
  /** 0: only descriptors count. */
  readonly maxConnections: number
  readonly descriptors: Descriptors
  /** Asks the arbiter for another copy of a socket: one that was closed to stop accepting is gone. */
  readonly askSocket: (socket: string) => void
  readonly log: Logger
}

/** Shuts open doors while the worker must not take more connections. */
export interface Gatekeeper {
  /** To be called for each connection that has been accepted. */
  accepted(): void
  stop(): void
}

/** The app opens and closes files, and the limit may be changed. */
const lookMs = 1_000
/** While clients wait. */
const closedLookMs = 20

export function keepGate(options: GatekeeperOptions): Gatekeeper {
  const { doors, maxConnections, descriptors, askSocket, log } = options
  const gateLog = createGateLog(log)
  let state: Gate = 'open'
  let descriptorLimit = Infinity
  /** Connections that can be taken without another look. */
  let left = 0
  let closedLooks: NodeJS.Timeout | undefined

  function lookAtAll(): void {
    descriptorLimit = descriptors.limit()
    // A socket that was sent while no descriptor was free has been lost on its way.
    fetchSockets(look())
  }

  function look(): Load {
    const load: Load = {
      connections: { used: doors.connections, limit: maxConnections || Infinity },
      descriptors: { used: descriptors.used(), limit: descriptorLimit },
    }
    left = room(load)
    const before = state
    state = gate(before, load)
    if (state !== before) (state === 'closed' ? close : open)(load)
    return load
  }

  function close(load: Load): void {
    doors.shut()
    closedLooks = setInterval(look, closedLookMs)
    // At once: with the sockets at hand reopening needs nobody, and what is queued outlives the arbiter.
    fetchSockets(load)
    gateLog.closed(load)
  }

  function open(): void {
    clearInterval(closedLooks)
    try {
      doors.open()
    } catch (error) {
      log.error(reportError(error).message)
    }
    gateLog.opened()
  }

  function fetchSockets({ descriptors: { used, limit } }: Load): void {
    for (const socket of doors.missing().slice(0, Math.max(0, limit - used))) askSocket(socket)
  }

  const looks = setInterval(lookAtAll, lookMs)
  lookAtAll()

  return {
    accepted() {
      left -= 1
      if (left <= 0) look()
    },
    stop() {
      clearInterval(looks)
      clearInterval(closedLooks)
    },
  }
}
