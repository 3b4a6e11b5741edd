import type { Socket } from 'node:net'

import type { EventRecord } from '@nunicorn/contract'

import type { MethodName, MethodParams, MethodResults } from './methods.ts'
import { createSession, type Session } from './session.ts'

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
  /** A new one takes the place of that which has asked for nothing for longest, and is refused if all are of use. */
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
  connections: 128,
  calls: 64,
  messageMs: 10_000,
  idleMs: 300_000,
  waitingBytes: 16 * 1_048_576,
}

/** Serves the control protocol on connections that are handed to it. */
export function createControlServer({ limits, ...options }: ServerOptions): ControlServer {
  const sockets = new Set<Socket>()
  /** Those that have not been sent away; the one that has asked for nothing for longest comes first. */
  const sessions = new Set<Session>()
  const bounds = { ...usualLimits, ...limits }

  /** To refuse the newcomers instead would let a few clients that stall keep out the operator. */
  function makeRoom(): void {
    const all = [...sessions]
    const leaving = all.find(({ isOfUse }) => !isOfUse) ?? all.at(-1)
    if (leaving === undefined) return
    sessions.delete(leaving)
    leaving.refuse(`There are ${bounds.connections} other connections.`)
  }

  return {
    accept(socket) {
      const session = createSession(socket, { ...options, limits: bounds, onAsked })
      sockets.add(socket)
      sessions.add(session)
      socket.once('close', () => {
        sockets.delete(socket)
        sessions.delete(session)
      })
      if (sessions.size > bounds.connections) makeRoom()

      function onAsked(): void {
        if (sessions.delete(session)) sessions.add(session)
      }
    },
    close() {
      for (const socket of sockets) socket.destroy()
    },
  }
}
