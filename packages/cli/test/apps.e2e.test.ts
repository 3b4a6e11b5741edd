import { once } from 'node:events'
import { text } from 'node:stream/consumers'

import { describe, expect, it } from 'vitest'

import { type EventStream, openEventStream } from './support/event-stream.ts'
import { startLineLoad } from './support/line-load.ts'
import { answered, expectNoFailure, loadOf } from './support/load.ts'
import { type Nunicorn, startNunicorn } from './support/nunicorn.ts'

const apps = new URL('../../../apps/', import.meta.url)

/** One of the apps of this repository, as its README starts it. */
function start(name: string, ...args: readonly string[]): Nunicorn {
  return startNunicorn({
    directory: new URL(name, apps).pathname,
    args: ['src/app.ts', '-w', '2', '-b', '127.0.0.1:0', '--soak', '0', ...args],
  })
}

async function reload(nunicorn: Nunicorn): Promise<void> {
  nunicorn.signal('SIGHUP')
  await nunicorn.log.waitFor(/Reloaded: all workers are of generation 2/)
}

async function stop(nunicorn: Nunicorn): Promise<void> {
  nunicorn.signal('SIGTERM')
  expect(await nunicorn.exited).toBe(0)
  await nunicorn.closed
  expect(nunicorn.log.lines.filter((line) => /WARNING|ERROR|CRITICAL/.test(line))).toEqual([])
}

interface AppCase {
  readonly app: string
  /** Its route that tells who answers. */
  readonly who?: string
  /** Requests of its README, and what has to come back. */
  readonly calls: readonly Call[]
  /** Its route of server-sent events, which goes on through a reload. */
  readonly events?: string
  /** Its WebSocket that says what it is told, which a reload closes. */
  readonly webSocket?: string
  /** What it prints when work in the background, or the app itself, has ended. */
  readonly prints?: string
}

interface Call {
  readonly path: string
  readonly json?: unknown
  readonly answer: unknown
  readonly status?: number
}

const sum: Call = { path: '/sum', json: [1, 2, 3], answer: { sum: 6 } }
const job: Call = {
  path: '/jobs',
  json: { send: 'mail' },
  answer: { accepted: { send: 'mail' } },
  status: 202,
}
const jobDone = "done: { send: 'mail' }"
const closing = 'The last answer is out: closing the database'

const cases: readonly AppCase[] = [
  {
    app: 'hello',
    who: '/worker',
    calls: [
      { path: '/', answer: expect.objectContaining({ hello: 'world' }) },
      { path: '/slow?ms=20', answer: { sleptMs: 20 } },
      { path: '/stream?lines=2', answer: 'line 1\nline 2\n' },
      { path: '/later', answer: { accepted: true } },
      { path: '/nothing', answer: { error: 'not found' }, status: 404 },
    ],
    prints: 'the background job is done',
  },
  {
    app: 'express',
    calls: [
      sum,
      { path: '/sum', json: '[1, 2,', answer: { error: expect.any(String) }, status: 400 },
    ],
    events: '/time',
  },
  {
    app: 'fastify',
    calls: [sum, { path: '/sum', json: ['one'], answer: expect.anything(), status: 400 }],
    webSocket: '/echo',
    prints: closing,
  },
  { app: 'hono', calls: [job], events: '/time', webSocket: '/echo', prints: jobDone },
  {
    app: 'fetch',
    calls: [job, { path: '/shout', json: 'hello', answer: 'HELLO' }],
    events: '/time',
    prints: jobDone,
  },
  {
    app: 'koa',
    calls: [sum, { path: '/sum', json: {}, answer: 'expected a list of numbers', status: 400 }],
    events: '/time',
  },
  { app: 'nest', calls: [sum], events: '/time', prints: closing },
  {
    app: 'script',
    calls: [{ path: '/nothing', answer: { error: 'not found' }, status: 404 }],
    events: '/clock',
    prints: 'listening at',
  },
]

describe.each(cases)('apps/$app', ({ app, who = '/', calls, events, webSocket, prints = '' }) => {
  it('answers, loses nothing when it is reloaded under load, and stops with 0', async () => {
    await using nunicorn = start(app)
    const printed = text(nunicorn.process.stdout!)
    await nunicorn.ready(2)
    const { host, port } = await nunicorn.address()
    const url = `http://${host}:${port}`
    for (const call of calls) expect(await callApp(url, call), call.path).toEqual(answerOf(call))

    const before = nunicorn.workers()
    await using load = await loadOf(nunicorn, { request: { path: who } })
    using ticks = events === undefined ? undefined : await openEventStream(url + events)
    await expectTick(ticks)
    const closed = webSocket === undefined ? undefined : await openEcho(url + webSocket)

    await answered(load, 200)
    await reload(nunicorn)
    await answered(load, 200)
    expectNoFailure(await load.stop())

    expect(await closed?.code).toBe(webSocket && 1001)
    // The worker that the stream is on has been replaced, and stays for it.
    await expectTick(ticks)
    ticks?.[Symbol.dispose]()
    const { pid } = JSON.parse(await textOf(url + who)) as { pid: number }
    expect(before).not.toContain(pid)

    await stop(nunicorn)
    expect(await printed).toContain(prints)
  })
})

describe('apps/line-echo', () => {
  it('answers, loses nothing when it is reloaded under load, and stops with 0', async () => {
    await using nunicorn = start('line-echo', '-k', './src/line-class.ts')
    await nunicorn.ready(2)
    const load = startLineLoad(await nunicorn.address())
    await load.answered(200)
    await reload(nunicorn)
    await load.answered(200)
    expect(await load.stop()).toEqual([])
    await stop(nunicorn)
  })
})

/** On a connection of its own: what is left open is a keep-alive connection that the stop waits for. */
async function callApp(url: string, { path, json }: Call): Promise<unknown> {
  const response = await fetch(url + path, {
    headers: { connection: 'close', 'content-type': 'application/json' },
    ...(json !== undefined && {
      method: 'POST',
      body: typeof json === 'string' ? json : JSON.stringify(json),
    }),
  })
  const body = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  return { status: response.status, body: isJson ? JSON.parse(body) : body }
}

function answerOf({ answer, status = 200 }: Call): unknown {
  return { status, body: answer }
}

async function textOf(url: string): Promise<string> {
  return (await fetch(url, { headers: { connection: 'close' } })).text()
}

/** The next event of a stream, if there is one, is the time. */
async function expectTick(stream: EventStream | undefined): Promise<void> {
  if (stream) expect(await stream.next()).toMatch(/^data: "?\d{4}-\d\d-\d\dT/m)
}

/** A WebSocket that has said something and heard it again. */
async function openEcho(url: string): Promise<{ readonly code: Promise<number> }> {
  const socket = new WebSocket(url.replace('http', 'ws'))
  const closed = once(socket, 'close')
  await once(socket, 'open')
  socket.send('hello')
  const [message] = await once(socket, 'message')
  expect(message).toMatchObject({ data: 'hello' })
  return { code: closed.then(([event]) => (event as { readonly code: number }).code) }
}
