import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'

import type { TestWorker } from '@nunicorn/testing'

/** One connection, kept for as long as the server does. */
export interface Client extends Disposable {
  get(path: string): Promise<{ readonly status: number | undefined; readonly body: string }>
}

export function createClient(worker: TestWorker): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const port = portOf(worker)
  return {
    async get(path) {
      const sent = request({ host: '127.0.0.1', port, agent, path }).end()
      const [response] = (await once(sent, 'response')) as [IncomingMessage]
      return { status: response.statusCode, body: await text(response) }
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}

/** A connection on which anything can be said. */
export async function openSocket(worker: TestWorker): Promise<Socket> {
  const socket = connect(portOf(worker), '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

export function portOf(worker: TestWorker): number {
  const [address] = worker.addresses()
  return (address as { readonly port: number }).port
}
