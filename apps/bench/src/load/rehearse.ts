import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { type TimedLoad, timeLoad } from './time-load.ts'

const lastingSeconds = 1
/** Of so many answers one is the last on its connection. */
const answersPerConnection = 500

/**
 * Applies `load` to a server in this process, which now and then closes a connection.
 *
 * When that happens to a client for the first time, V8 throws away what it has compiled for connections that stay, and the
 * client keeps its next requests waiting for 10 to 20 ms. Without a rehearsal this would be held against the server.
 */
export async function rehearse(load: TimedLoad): Promise<void> {
  let answers = 0
  const server = createServer((_request, response) => {
    answers += 1
    if (answers % answersPerConnection === 0) response.setHeader('Connection', 'close')
    response.end('Hello, world\n')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  await timeLoad({ ...load, port, seconds: lastingSeconds, warmUpSeconds: 0 })
  server.close()
}
