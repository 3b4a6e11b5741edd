import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo, Server, Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'

import type { OpenRequest } from '@nunicorn/contract'
import { trackServer } from '@nunicorn/shutdown'
import { startTestWorker } from '@nunicorn/testing'
import { describe, expect, it } from 'vitest'

import { httpClass } from '../src/index.ts'
import { place, publishRequests, type RequestsInFlight } from '../src/requests-in-flight.ts'
import { openSocket } from './ask.ts'

function table(): RequestsInFlight | undefined {
  return (globalThis as { readonly [place]?: RequestsInFlight })[place]
}

/** As the arbiter finds them, by the inspector. */
function list(...scopes: readonly unknown[]): readonly OpenRequest[] {
  return table()?.(...scopes) ?? []
}

const urls = (...scopes: readonly unknown[]): readonly string[] =>
  list(...scopes).map(({ url, running }) => (running ? `${url} runs` : url))

type Held = readonly [IncomingMessage, ServerResponse]

/** Holds requests for these paths, in this order. */
async function hold(
  paths: readonly string[],
): Promise<AsyncDisposable & { readonly held: readonly Held[] }> {
  const held: Held[] = []
  const worker = await startTestWorker(httpClass, {
    app: (...exchange: Held) => void held.push(exchange),
  })
  const sockets: Socket[] = []
  for (const [index, path] of paths.entries()) {
    const socket = await openSocket(worker)
    sockets.push(socket)
    socket.write(`GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`)
    while (held.length <= index) await setImmediate()
  }
  return {
    held,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await worker[Symbol.asyncDispose]()
    },
  }
}

describe('the requests in flight', () => {
  it('are listed newest first, and are gone when they are answered', async () => {
    await using site = await hold(['/a', '/b', '/c'])
    expect(urls()).toEqual(['/c', '/b', '/a'])
    expect(list()[0]).toEqual({ method: 'GET', url: '/c', ageMs: expect.any(Number) })
    site.held[1]![1].end()
    while (list().length > 2) await setImmediate()
    expect(urls()).toEqual(['/c', '/a'])
  })

  it('are those of every server of the process, HTTP/2 too', async () => {
    await using _site = await hold(['/one'])
    const server = createHttp2Server(() => {})
    const other = createServer(() => {})
    const unpublish = [server, other].map((each) => publishRequests(trackServer(each)))
    const [port, otherPort] = await Promise.all([listen(server), listen(other)])
    const session = connect(`http://127.0.0.1:${port}`)
    session.request({ ':path': '/two' }).on('error', () => {})
    const answer = fetch(`http://127.0.0.1:${otherPort}/three`).catch(() => {})
    while (list().length < 3) await setImmediate()
    expect(urls().toSorted()).toEqual(['/one', '/three', '/two'])
    for (const end of unpublish) end()
    expect(urls()).toEqual(['/one'])
    session.destroy()
    other.closeAllConnections()
    server.close()
    other.close()
    await answer
  })

  it('are the newest twenty, and long URLs are cut', async () => {
    const paths = Array.from({ length: 25 }, (_, index) => `/${index}?${'x'.repeat(300)}`)
    await using site = await hold(paths)
    expect(list()).toHaveLength(20)
    expect(list()[0]!.url).toHaveLength(200)
    // The one that is run is among them however old it is.
    expect(list(site.held[0])[0]).toMatchObject({ running: true })
  })

  it('are the oldest twenty for the last words of a worker, oldest first', async () => {
    const paths = Array.from({ length: 25 }, (_, index) => `/${index}?${'x'.repeat(300)}`)
    await using _site = await hold(paths)
    const oldest = table()?.oldest() ?? []
    expect(oldest.map(({ url }) => url)).toEqual(
      paths.slice(0, 20).map((path) => path.slice(0, 200)),
    )
  })
})

describe('the request that is run', () => {
  it.each<[string, (held: Held) => unknown]>([
    ['its request', ([request]) => ({ request })],
    ['its answer', ([, answer]) => ({ answer })],
    ['what a framework has made of it', ([raw]) => ({ context: { request: { raw } } })],
    ['a symbol', ([raw]) => ({ request: { [Symbol('raw')]: raw } })],
  ])('is found by %s among the local variables', async (_, variables) => {
    await using site = await hold(['/a', '/b', '/c'])
    expect(urls(variables(site.held[0]!))).toEqual(['/a runs', '/c', '/b'])
  })

  it('is the one that fewer steps lead to', async () => {
    await using site = await hold(['/a', '/b'])
    const [[a], [, b]] = site.held as [Held, Held]
    expect(urls({ jobs: { of: a } }, { answer: b })).toEqual(['/b runs', '/a'])
  })

  it('is nobody where nothing leads to one', async () => {
    await using _site = await hold(['/a'])
    expect(urls({ process, list: [1, 2, 3], nothing: null, self: globalThis.Array })).toEqual([
      '/a',
    ])
  })

  it('is looked for without a step of code of the app', async () => {
    await using site = await hold(['/a'])
    const trap = (): never => {
      throw new Error('the app was run')
    }
    const variables = {
      get request() {
        return trap()
      },
      proxy: new Proxy({}, { get: trap, ownKeys: trap, getOwnPropertyDescriptor: trap }),
    }
    expect(urls(variables, { answer: site.held[0]![1] })).toEqual(['/a runs'])
  })

  it('is given up in an app that has too much at hand', async () => {
    await using _site = await hold(['/a'])
    const wide = Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => ({ a: {} })))
    const before = performance.now()
    expect(urls({ wide })).toEqual(['/a'])
    expect(performance.now() - before).toBeLessThan(500)
  })
})

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
