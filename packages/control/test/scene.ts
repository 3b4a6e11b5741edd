import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

import type { EventRecord } from '@nunicorn/contract'

import { type Controls, createControlServer, type Limits } from '../src/server.ts'
import { temporaryFolder } from './folder.ts'

/** A control server on a real Unix socket, whose instance is made up. */
export interface Scene extends AsyncDisposable {
  readonly path: string
  /** How many connections it has. */
  connections(): Promise<number>
  /** Lets something happen. */
  happen(message: string): void
  readonly listeners: number
}

export async function startServer(
  controls: Partial<Controls> = {},
  limits: Partial<Limits> = {},
): Promise<Scene> {
  const folder = temporaryFolder()
  const events: EventRecord[] = []
  const listeners = new Set<(event: EventRecord) => void>()
  const control = createControlServer({
    controls: controls as Controls,
    events: {
      recent: (after = 0) => events.filter(({ sequence }) => sequence > after),
      subscribe(listener) {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
    },
    limits,
  })
  const server = createServer({ allowHalfOpen: true }, (socket) => control.accept(socket))
  const path = folder.path('a.ctl')
  await once(server.listen(path), 'listening')
  return {
    path,
    connections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    happen(message) {
      const sequence = events.length + 1
      const event = { sequence, at: 0, type: 'x', level: 'info', message, details: {} } as const
      events.push(event)
      for (const listener of listeners) listener(event)
    },
    get listeners() {
      return listeners.size
    },
    async [Symbol.asyncDispose]() {
      control.close()
      await new Promise((resolve) => server.close(resolve))
      folder[Symbol.dispose]()
    },
  }
}

/** A client that says what it likes. */
export interface RawClient extends AsyncDisposable {
  readonly socket: Socket
  say(...messages: readonly unknown[]): void
  /** The next message; undefined once the server has ended the connection. */
  hear(): Promise<Record<string, unknown> | undefined>
}

export async function connectRaw(path: string): Promise<RawClient> {
  const socket = connect({ path, allowHalfOpen: true })
  await once(socket, 'connect')
  socket.on('error', () => {})
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]()
  return {
    socket,
    say(...messages) {
      for (const message of messages)
        socket.write(typeof message === 'string' ? message : `${JSON.stringify(message)}\n`)
    },
    async hear() {
      const { value, done } = await lines.next()
      return done ? undefined : (JSON.parse(value) as Record<string, unknown>)
    },
    async [Symbol.asyncDispose]() {
      if (socket.destroyed) return
      const closed = once(socket, 'close')
      socket.destroy()
      await closed
    },
  }
}

export function call(method: string, params?: unknown, id: unknown = 1): object {
  return { jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) }
}
