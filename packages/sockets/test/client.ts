import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'

import type { Address } from '../src/index.ts'

/** Resolves when the kernel has accepted the connection, whether or not a process has. */
export async function open(address: Address): Promise<Socket> {
  if (address.type === 'inherited') throw new TypeError('nobody can connect to a descriptor')
  const socket = connect(
    address.type === 'unix' ? { path: address.path } : { host: address.host, port: address.port },
  )
  await once(socket, 'connect')
  return socket
}

export function openMany(address: Address, count: number): Promise<Socket[]> {
  return Promise.all(Array.from({ length: count }, () => open(address)))
}

/**
 * Half-closes the connection, as `printf ... | nc` does, and gives the pid that the worker of fixtures/worker.ts answers with.
 * Rejects when the connection is reset, or closed without an answer.
 */
export async function answerOf(socket: Socket): Promise<number> {
  socket.end()
  const answer = await text(socket)
  if (answer === '') throw new Error('closed without an answer')
  return Number(answer)
}
