import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'

import type { TestWorker } from '@nunicorn/testing'

/** A connection to the first address of a worker, on which anything can be said. */
export async function openSocket(worker: TestWorker): Promise<Socket> {
  const [address] = worker.addresses()
  const socket = connect((address as { port: number }).port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

/** Sends lines of a request's head, and what follows it; resolves with all that comes until the server closes. */
export async function ask(worker: TestWorker, head: readonly string[], body = ''): Promise<string> {
  const socket = await openSocket(worker)
  socket.write(`${[...head, 'Host: test', 'Connection: close'].join('\r\n')}\r\n\r\n${body}`)
  return await text(socket)
}
