import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { text } from 'node:stream/consumers'

import { startTestWorker } from '@nunicorn/testing'
import { describe, expect, it } from 'vitest'

import { httpClass } from '../src/index.ts'
import { ask, openSocket } from './ask.ts'

const sweepMs = 1_000
const hello: RequestListener = (_request, response) => response.end('hello')

describe('header-timeout and body-timeout', () => {
  it.each([
    { what: 'half a head', settings: { headerTimeoutMs: 300 }, sent: 'GET / HTTP/1.1\r\n' },
    {
      what: 'half a body',
      settings: { bodyTimeoutMs: 300 },
      sent: 'POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 9\r\n\r\nhalf',
    },
  ])('end with 408, and soon, who has sent $what', async ({ settings, sent }) => {
    const app: RequestListener = (request, response) =>
      request.resume().on('end', () => response.end())
    await using worker = await startTestWorker(httpClass, { app, settings })
    const socket = await openSocket(worker)
    const openedAt = performance.now()
    socket.write(sent)
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 [^]*Connection: close/)
    expect(performance.now() - openedAt).toBeLessThan(300 + 2 * sweepMs)
  })

  it.each([
    { its: 'none of its own', own: {}, header: 20_000, body: 70_000 },
    {
      its: 'its own',
      own: { headersTimeout: 9_000, requestTimeout: 10_000 },
      header: 9_000,
      body: 10_000,
    },
    {
      its: 'them switched off',
      own: { headersTimeout: 0, requestTimeout: 0 },
      header: 0,
      body: 0,
    },
    { its: 'less for the whole', own: { requestTimeout: 5_000 }, header: 5_000, body: 5_000 },
  ])('are those of a server that has $its', async ({ own, header, body }) => {
    const app = createServer(own, hello)
    Object.assign(app, own)
    const settings = { headerTimeoutMs: 20_000, bodyTimeoutMs: 70_000 }
    await using _worker = await startTestWorker(httpClass, { app, settings })
    expect([app.headersTimeout, app.requestTimeout]).toEqual([header, body])
  })

  it('end 500 clients that send a byte now and then, while others are served', async () => {
    const settings = { headerTimeoutMs: 1_000 }
    await using worker = await startTestWorker(httpClass, { app: hello, settings })
    const sockets = await Promise.all(Array.from({ length: 500 }, () => openSocket(worker)))
    const ended = sockets.map(drip)
    while (worker.stats()!.connections > 1)
      expect(await ask(worker, ['GET / HTTP/1.1'])).toContain('hello')
    const answers = await Promise.all(ended)
    // Node closes at once after a 408, so that a client which sends just then is reset, and may lose it.
    const told = answers.filter((answer) => answer !== 'ECONNRESET' && answer !== 'EPIPE')
    expect(told.filter((answer) => !answer.startsWith('HTTP/1.1 408 '))).toEqual([])
    expect(told.length).toBeGreaterThan(400)
  })
})

describe('write-timeout', () => {
  const chunk = Buffer.alloc(10 * 1024 * 1024)

  it('disconnects who takes nothing of an answer, and nobody else', async () => {
    const settings = { writeTimeoutMs: 1_000 }
    const app: RequestListener = (_request, response) => response.end(chunk)
    await using worker = await startTestWorker(httpClass, { app, settings })
    const stalled = await Promise.all(Array.from({ length: 20 }, () => openSocket(worker)))
    for (const socket of stalled) socket.pause().write('GET /big HTTP/1.1\r\nHost: test\r\n\r\n')
    const answer = await ask(worker, ['GET /all HTTP/1.1'])
    expect(answer.length).toBeGreaterThan(chunk.length)
    await until(() => worker.stats()?.connections === 0)
    expect(worker.logged.join('\n')).toContain(
      'warning: Disconnected a client that took nothing of the answer to GET /big for 1 s.',
    )
    expect(worker.logged.at(-1)).toMatch(/^warning: And \d+ more like this\.$/)
    expect(worker.logged.join('\n')).not.toContain('/all')
    for (const socket of stalled) socket.destroy()
  })
})

describe('request-timeout', () => {
  const settings = { requestTimeoutMs: 300 }

  it('answers with 503 for an app that has not begun, and what the app does later harms nobody', async () => {
    const late = Promise.withResolvers<void>()
    const done = Promise.withResolvers<void>()
    const app: RequestListener = (request, response) => {
      if (request.url !== '/late') return response.end('hello')
      response.setHeader('x-secret', 'half an answer')
      void late.promise.then(() => {
        response.setHeader('x-late', 'yes')
        response.writeHead(200).write('late')
        response.end('later', done.resolve)
      })
      return undefined
    }
    await using worker = await startTestWorker(httpClass, { app, settings })
    const socket = await openSocket(worker)
    socket.write('GET /late HTTP/1.1\r\nHost: test\r\n\r\n')
    const answer = await text(socket)
    expect(answer).toMatch(/^HTTP\/1\.1 503 [^]*Connection: close[^]*Service Unavailable\n$/)
    expect(answer).not.toContain('x-secret')
    expect(worker.logged).toEqual([
      expect.stringMatching(/^warning: Gave up on GET \/late with a 503: .* after 0\.3 s/),
    ])
    late.resolve()
    await done.promise
    expect(await ask(worker, ['GET / HTTP/1.1'])).toContain('hello')
    expect(worker.logged).toHaveLength(1)
  })

  it('does not leave it to the app where the client has not sent its request whole', async () => {
    await using worker = await startTestWorker(httpClass, { app: () => {}, settings })
    const socket = await openSocket(worker)
    socket.write('POST /up HTTP/1.1\r\nHost: test\r\nContent-Length: 9\r\n\r\nhalf')
    await once(socket, 'data')
    expect(worker.logged.join('\n')).toMatch(
      /Gave up on POST \/up with a 503: .*\(request-timeout\), and the request had not come whole\.$/,
    )
    socket.destroy()
  })

  it('lets an answer that has begun take its time', async () => {
    const app: RequestListener = (_request, response) => {
      response.write('begun, ')
      setTimeout(() => response.end('ended'), 2 * sweepMs)
    }
    await using worker = await startTestWorker(httpClass, { app, settings })
    expect(await ask(worker, ['GET / HTTP/1.1'])).toContain('ended')
    expect(worker.logged).toEqual([])
  })

  it('gives a request up in the middle of its body', async () => {
    const app: RequestListener = (request) => void request.resume()
    await using worker = await startTestWorker(httpClass, { app, settings })
    const socket = await openSocket(worker)
    socket.write('POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 9\r\n\r\nhalf')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 503 /)
    socket.end()
    await text(socket)
  })
})

/** Sends another byte of a head whenever 100 ms have passed; resolves with the answer. */
async function drip(socket: Socket): Promise<string> {
  socket.write('GET / HTTP/1.1\r\nX: ')
  const timer = setInterval(() => socket.write('x'), 100)
  try {
    return await text(socket)
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  } finally {
    clearInterval(timer)
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setImmediate()
}
