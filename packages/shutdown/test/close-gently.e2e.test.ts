import { createServer, type RequestListener } from 'node:http'

import { describe, expect, it } from 'vitest'

import { rawClient } from './raw-client.ts'
import { listen, open, until } from './tracked-server.ts'

/** Far more than the buffers of two sockets hold. */
const bytes = 20 * 1024 * 1024
const head = `POST / HTTP/1.1\r\nHost: test\r\nContent-Length: ${bytes}\r\n\r\n`
const refuse: RequestListener = (_request, answer) =>
  answer.writeHead(413, { connection: 'close' }).end('too large')

describe('an early answer that closes', () => {
  it('is torn by a reset without us', async () => {
    await using site = await open(createServer(refuse))
    await using client = await rawClient(site.port)
    client.send(head)
    client.send(Buffer.alloc(bytes))
    expect(await client.ended).toMatch(/ECONNRESET|EPIPE/)
  })

  it('reaches a client that first sends all that it has to send', async () => {
    await using site = await listen(createServer(refuse))
    await using client = await rawClient(site.port)
    client.pause()
    client.send(head)
    const before = process.memoryUsage().arrayBuffers
    client.send(Buffer.alloc(bytes))
    // The client has sent the last byte, and reads only now.
    await client.sent()
    client.resume()
    expect(await client.receive('too large')).toMatch(/^HTTP\/1\.1 413 /)
    expect(await client.ended).toBe('closed')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * bytes)
  })

  it('reaches it when the app has begun to read, and stopped', async () => {
    const server = createServer((request, answer) => {
      request.once('data', () => {
        request.pause()
        refuse(request, answer)
      })
    })
    await using site = await listen(server)
    await using client = await rawClient(site.port)
    client.send(head)
    client.send(Buffer.alloc(bytes))
    expect(await client.receive('too large')).toMatch(/^HTTP\/1\.1 413 /)
    expect(await client.ended).toBe('closed')
  })

  it('does not wait for a client that stops sending', async () => {
    await using site = await listen(createServer(refuse), { headersTimeoutMs: 100 })
    await using client = await rawClient(site.port, { allowHalfOpen: true })
    client.send(head)
    await client.receive('too large')
    await until(() => site.tracker.stats().connections === 0)
  })

  it('does not keep a connection whose request was read whole', async () => {
    const server = createServer((request, answer) =>
      request.resume().on('end', () => refuse(request, answer)),
    )
    await using site = await listen(server, { headersTimeoutMs: 60_000 })
    await using client = await rawClient(site.port, { allowHalfOpen: true })
    client.send('POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\nbody')
    await client.receive('too large')
    await until(() => site.tracker.stats().connections === 0)
  })
})
