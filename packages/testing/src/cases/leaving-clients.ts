import { text } from 'node:stream/consumers'

import { expect, it } from 'vitest'

import { openSocket } from '../client.ts'
import type { Suite } from '../test-worker-class.ts'
import { within } from '../within.ts'

export function leavingClientCases({ start }: Suite): void {
  it('answers a client that closes its side of the connection after the request', async () => {
    await using worker = await start()
    const socket = await openSocket(worker.addresses()[0]!)
    socket.end('GET /slow?ms=200 HTTP/1.1\r\nHost: test\r\n\r\n')
    const answer = await within(text(socket), 'the answer to a client that has closed its side')
    const why = 'who has sent all that it wants to send still waits for the answer (RFC 9112 9.6)'
    expect(answer, why).toMatch(/^HTTP\/1\.1 200 [^]*ok/m)
  })

  it('gives up a request whose client has gone', async () => {
    await using worker = await start()
    const socket = await openSocket(worker.addresses()[0]!)
    await new Promise((written) => {
      socket.write('GET /slow?ms=600000 HTTP/1.1\r\nHost: test\r\n\r\n', written)
    })
    socket.destroy()
    await within(worker.drain(), 'the end of a request whose client has gone')
  })
}
