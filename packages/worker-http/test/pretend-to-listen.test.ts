import { createServer, type RequestListener, type Server } from 'node:http'

import type { WorkerClass } from '@nunicorn/contract'
import { startTestWorker, urlOf } from '@nunicorn/testing'
import { expect, it } from 'vitest'

import { pretendToListen, serveHttp } from '../src/index.ts'

/** A framework that does part of its work in its own listen(). */
interface Framework {
  readonly server: Server
  listen(): Promise<void>
}

const frameworkClass: WorkerClass<Framework> = {
  contract: 1,
  name: 'framework',
  async start(app, context) {
    const running = serveHttp({ serve: app.server }, context)
    await pretendToListen({ server: app.server, listen: () => app.listen() }, context)
    return running
  },
}

const hello: RequestListener = (_request, response) => response.end('hello')

it.each<{ readonly how: string; listen(server: Server, done: () => void): void }>([
  { how: 'a callback', listen: (server, done) => void server.listen(0, '127.0.0.1', done) },
  {
    how: 'the event',
    listen: (server, done) => void server.once('listening', done).listen(0, '127.0.0.1'),
  },
])(
  'lets a framework listen with $how once the worker accepts, and know where',
  async ({ listen }) => {
    const server = createServer(hello)
    const seen: unknown[] = []
    const app: Framework = {
      server,
      listen: () =>
        new Promise((resolve) =>
          listen(server, () => {
            seen.push(server.address())
            resolve()
          }),
        ),
    }
    await using worker = await startTestWorker(frameworkClass, { app })
    expect(seen).toEqual(worker.addresses())
    const answer = await fetch(urlOf(worker), { headers: { connection: 'close' } })
    expect(await answer.text()).toBe('hello')
  },
)

it('rejects if the framework fails before it listens', async () => {
  const app: Framework = {
    server: createServer(hello),
    listen: () => Promise.reject(new Error('no database')),
  }
  await expect(startTestWorker(frameworkClass, { app })).rejects.toThrow('no database')
})
