import { createServer, type RequestListener } from 'node:http'

import { startTestWorker } from '@nunicorn/testing'
import { describe, expect, it } from 'vitest'

import { httpClass } from '../src/index.ts'
import { ask } from './ask.ts'

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
