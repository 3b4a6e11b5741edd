import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'

import { startTestWorker } from '@nunicorn/testing'
import { describe, expect, it } from 'vitest'

import { httpClass } from '../src/index.ts'
import { ask, openSocket } from './ask.ts'

describe('an http.Server given as app', () => {
  it('keeps its upgrade listeners', async () => {
    const app = createServer().on('upgrade', (request, socket) => {
      socket.end(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${request.headers.upgrade}\r\n\r\nhello`,
      )
    })
    await using worker = await startTestWorker(httpClass, { app })
    const socket = await openSocket(worker)
    socket.write('GET / HTTP/1.1\r\nHost: test\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n')
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 101 .*Upgrade: chat\r\n\r\nhello$/s)
  })

  it('keeps its checkContinue listeners', async () => {
    const app = createServer().on('checkContinue', (request, response) => {
      response.writeHead(417).end(request.headers.expect)
    })
    await using worker = await startTestWorker(httpClass, { app })
    const head = ['POST / HTTP/1.1', 'Expect: 100-continue', 'Content-Length: 2']
    expect(await ask(worker, head)).toMatch(/^HTTP\/1\.1 417 .*100-continue/s)
  })

  it('keeps its clientError listeners', async () => {
    const app = createServer().on('clientError', (error, socket) => {
      socket.end(`HTTP/1.1 400 ${(error as NodeJS.ErrnoException).code}\r\n\r\n`)
    })
    await using worker = await startTestWorker(httpClass, { app })
    expect(await ask(worker, ['no request'])).toMatch(/^HTTP\/1\.1 400 HPE_/)
  })

  it('knows its address when it begins to listen, and learns so once', async () => {
    const seen: unknown[] = []
    const app: Server = createServer().on('listening', () => seen.push(app.address()))
    await using worker = await startTestWorker(httpClass, { app })
    expect(seen).toEqual(worker.addresses())
  })

  it('is refused, with the mend, when it listens itself', async () => {
    const app = createServer().listen(0, '127.0.0.1')
    try {
      await expect(startTestWorker(httpClass, { app })).rejects.toMatchObject({
        code: 'already-listening',
        hint: expect.stringContaining('Remove its listen() call'),
      })
    } finally {
      app.close()
    }
  })

  it.each([
    { its: 'no idle time of its own', own: {}, idleMs: 2_000 },
    { its: 'an idle time of its own', own: { keepAliveTimeout: 72_000 }, idleMs: 72_000 },
    { its: 'idle time switched off', own: { keepAliveTimeout: 0 }, idleMs: 0 },
  ])('has the idle time of --keep-alive only if it chose none: $its', async ({ own, idleMs }) => {
    const app = createServer(own)
    const settings = { keepAliveMs: 2_000 }
    await using _worker = await startTestWorker(httpClass, { app, settings })
    expect(app.keepAliveTimeout).toBe(idleMs)
  })
})
