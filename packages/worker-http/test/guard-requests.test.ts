import { createServer, type RequestListener } from 'node:http'

import { startTestWorker } from '@nunicorn/testing'
import { describe, expect, it } from 'vitest'

import { httpClass } from '../src/index.ts'
import { ask, openSocket } from './ask.ts'

const failure = new Error('thrown on purpose')

const ways: readonly { readonly way: string; readonly app: RequestListener }[] = [
  {
    way: 'throws',
    app: (_request, response) => {
      response.setHeader('x-secret', 'half an answer')
      throw failure
    },
  },
  { way: 'rejects', app: () => Promise.reject(failure) as never },
]

describe.each(ways)('a listener that $way', ({ app }) => {
  it.each([
    { as: 'a function', serve: () => app },
    { as: 'a listener of a server', serve: () => createServer(app) },
  ])('given as $as, costs its request a 500 and leaves a line in the log', async ({ serve }) => {
    await using worker = await startTestWorker(httpClass, { app: serve() })
    const answer = await ask(worker, ['GET /broken HTTP/1.1'])
    expect(answer).toMatch(/^HTTP\/1\.1 500 /)
    expect(answer).not.toContain('x-secret')
    const [line] = worker.logged
    expect(line).toMatch(
      /^error: The app threw while it answered GET \/broken: Error: thrown on purpose\n {4}at /,
    )
  })
})

describe('a listener that throws after its answer', () => {
  it('has begun, closes the connection, so that the client does not take it for whole', async () => {
    await using worker = await startTestWorker(httpClass, {
      app: (_request, response) => {
        response.write('half an answer')
        throw failure
      },
    })
    const answer = await ask(worker, ['GET / HTTP/1.1'])
    expect(answer).not.toContain('\r\n0\r\n\r\n')
    expect(worker.logged).toHaveLength(1)
  })

  it('has ended, leaves the answer alone', async () => {
    await using worker = await startTestWorker(httpClass, {
      app: (_request, response) => {
        response.end('a whole answer')
        throw failure
      },
    })
    expect(await ask(worker, ['GET / HTTP/1.1'])).toContain('a whole answer')
    expect(worker.logged).toHaveLength(1)
  })
})

describe('a listener whose client goes away', () => {
  const reader: RequestListener = async (request) => {
    for await (const _ of request);
  }

  it('meanwhile may fail by that, and no error is logged', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>()
    const { promise: failed, resolve: fail } = Promise.withResolvers<void>()
    await using worker = await startTestWorker(httpClass, {
      app: async (request, response) => {
        resolve()
        try {
          await reader(request, response)
        } finally {
          setImmediate(fail)
        }
      },
    })
    const socket = await openSocket(worker)
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf')
    await asked
    socket.destroy()
    await failed
    expect(worker.logged.filter((line) => !line.startsWith('debug:'))).toEqual([])
  })

  it('is still told of if it fails by itself', async () => {
    const { promise: failed, resolve: fail } = Promise.withResolvers<void>()
    await using worker = await startTestWorker(httpClass, {
      app: async (request) => {
        await new Promise((resolve) => request.on('error', () => {}).once('close', resolve))
        setImmediate(fail)
        throw failure
      },
    })
    const socket = await openSocket(worker)
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf', () =>
      socket.destroy(),
    )
    await failed
    expect(worker.logged).toEqual([expect.stringMatching(/^error: .*thrown on purpose/)])
  })
})

describe('a request whose length nobody can know', () => {
  it.each(['xchunked', 'chunked, gzip', 'identity'])(
    'by Transfer-Encoding: %s gets a 400 and a close, and the app does not see it',
    async (coding) => {
      let asked = 0
      await using worker = await startTestWorker(httpClass, {
        app: (_request, response) => {
          asked += 1
          response.end('answered')
        },
      })
      const answer = await ask(worker, ['POST / HTTP/1.1', `Transfer-Encoding: ${coding}`])
      expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*Connection: close/i)
      expect(asked).toBe(0)
    },
  )
})
