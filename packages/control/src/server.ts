import type { Socket } from 'node:net'

import type { EventRecord } from '@nunicorn/contract'

import type { MethodName, MethodParams, MethodResults } from './methods.ts'
import { createSession } from './session.ts'

/** What the instance does for its clients. What a function throws is the answer; a NunicornError tells the cause best. */
export type Controls = {
  readonly [Name in Exclude<MethodName, 'events' | 'subscribe' | 'unsubscribe'>]: (
    params: MethodParams<Name>,
  ) => MethodResults[Name] | Promise<MethodResults[Name]>
}

export interface ServerOptions {
  readonly controls: Controls
  readonly events: {
    recent(after?: number): readonly EventRecord[]
    subscribe(listener: (event: EventRecord) => void): () => void
  }
  readonly limits?: Partial<Limits>
}

/** What a client may cost. */
export interface Limits {
  readonly connections: number
  /** Calls of one connection that have not been answered. */
  readonly calls: number
  /** A message that has begun must have ended by then. */
  readonly messageMs: number
  /** A connection without calls and without notifications ends after so long. */
  readonly idleMs: number
  /** What may wait for a client that does not read. */
  readonly waitingBytes: number
}

export interface ControlServer {
  accept(socket: Socket): void
  /** Ends every connection. */
  close(): void
}

const usualLimits: Limits = {
  connections: 32,
  calls: 64,
  messageMs: 10_000,
  idleMs: 300_000,
  waitingBytes: 16 * 1_048_576,
}

/** Serves the control protocol on connections that are handed to it. */
export function createControlServer({ limits, ...options }: ServerOptions): ControlServer {
  const sockets = new Set<Socket>()
  const bounds = { ...usualLimits, ...limits }
  return {
    accept(socket) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      const session = createSession(socket, { ...options, limits: bounds })
      if (sockets.size > bounds.connections)
        session.refuse(`There are ${bounds.connections} connections already.`)
    },
    close() {
      for (const socket of sockets) socket.destroy()
    },
  }
}
