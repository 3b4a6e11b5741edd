import { once } from 'node:events'
import { text } from 'node:stream/consumers'

import { type EventRecord, type FleetStatus } from '@nunicorn/contract'
import { afterAll, expect, it } from 'vitest'

import { type AdminClient, adminOf, rawConnection } from './support/admin.ts'
import { appSource } from './support/app.ts'
import { type Nunicorn, startNunicorn } from './support/nunicorn.ts'
import { createProject, type Project } from './support/project.ts'
import { until } from './support/until.ts'

const args = ['app.mjs', '-w', '1', '-b', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--soak', '0']

interface Scene extends AsyncDisposable {
  readonly project: Project
  readonly nunicorn: Nunicorn
  readonly admin: AdminClient
}

async function start(): Promise<Scene> {
  const project = await createProject({ 'app.mjs': appSource() })
  const nunicorn = startNunicorn({ directory: project.directory, args })
  await nunicorn.ready(1)
  return {
    project,
    nunicorn,
    admin: await adminOf(nunicorn),
    async [Symbol.asyncDispose]() {
      await nunicorn[Symbol.asyncDispose]()
      await project[Symbol.asyncDispose]()
    },
  }
}

it('shows the status as JSON, and metrics in the format that is asked for', async () => {
  await using scene = await start()
  const { admin, nunicorn } = scene
  const { headers, body } = await admin.get('/status')
  expect(headers['content-type']).toBe('application/json')
  const status = JSON.parse(body) as FleetStatus
  expect(status).toMatchObject({ state: 'serving', pid: nunicorn.pid, target: 1 })
  expect(status.workers.map(({ pid }) => pid)).toEqual(nunicorn.workers())

  const classic = await admin.get('/metrics')
  expect(classic.headers).toMatchObject({
    'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    'cache-control': 'no-store',
    vary: 'accept',
  })
  const open = await admin.get('/metrics', { accept: 'application/openmetrics-text' })
  expect(open.headers['content-type']).toMatch(/^application\/openmetrics-text; version=1\.0\.0/)
  expect(open.body).toMatch(/# EOF\n$/)
})

it('tells what has happened and what happens, as server-sent events with their numbers', async () => {
  await using scene = await start()
  const { admin, nunicorn } = scene
  using stream = await readEvents(admin, '/events')
  await until(() => stream.events.some(({ type }) => type === 'worker-ready'))
  nunicorn.signal('SIGHUP')
  await until(() => stream.events.some(({ type }) => type === 'reload-finished'))
  expect(stream.ids).toEqual(stream.events.map(({ sequence }) => sequence))
  expect(stream.ids).toEqual(stream.ids.map((_, index) => index + 1))
  const last = stream.ids.at(-2) ?? 0
  using later = await readEvents(admin, '/events', `last-event-id: ${last}\r\n`)
  await until(() => later.ids.length > 0)
  expect(later.ids[0]).toBe(last + 1)
})

it.for([
  ['POST /status HTTP/1.1\r\nhost: localhost\r\n\r\n', 405],
  ['GET /status HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\n\r\nhello', 413],
  ['GET /status HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n', 413],
  ['GET /status HTTP/1.1\r\nhost: evil.example\r\n\r\n', 421],
  ['GET /events HTTP/1.1\r\nhost: evil.example:80\r\n\r\n', 421],
  ['GET / HTTP/1.1\r\nhost: 127.0.0.1.evil.example\r\n\r\n', 421],
  ['GET /metrics HTTP/1.1\r\nhost: shop.default.svc\r\n\r\n', 200],
  ['GET /readyz HTTP/1.1\r\nhost: shop.default.svc\r\n\r\n', 200],
  ['GET /status HTTP/1.1\r\nhost: [::1]:9000\r\n\r\n', 200],
  ['GET /nothing HTTP/1.1\r\nhost: localhost\r\n\r\n', 404],
  ['GET /../../package.json HTTP/1.1\r\nhost: localhost\r\n\r\n', 404],
  ['GET /%2e%2e/%2e%2e/package.json HTTP/1.1\r\nhost: localhost\r\n\r\n', 404],
  ['GET //evil.example/status HTTP/1.1\r\nhost: localhost\r\n\r\n', 404],
  ['GET http://[ HTTP/1.1\r\nhost: localhost\r\n\r\n', 404],
  ['HEAD /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n', 200],
  ['GET / HTTP/1.0\r\n\r\n', 200],
  ['nonsense\r\n\r\n', 400],
] as const)('answers %j with %i', async ([request, status]) => {
  const { admin } = await shared()
  const socket = await rawConnection(admin.place)
  socket.end(request)
  const answer = await text(socket)
  expect(Number(answer.split(' ')[1])).toBe(status)
  if (request.startsWith('HEAD')) expect(answer).toMatch(/\r\n\r\n$/)
  expect(answer).not.toMatch(/access-control/i)
})

it('takes no more than 8 KB of headers', async () => {
  const { admin } = await shared()
  expect((await admin.get(`/${'x'.repeat(9_000)}`)).status).toBe(431)
})

it('cannot be held up by clients that send nothing, half a request, or read nothing', async () => {
  const { admin } = await shared()
  const silent = await Promise.all(Array.from({ length: 150 }, () => rawConnection(admin.place)))
  const halves = await Promise.all(Array.from({ length: 100 }, () => rawConnection(admin.place)))
  for (const socket of halves) socket.write('GET /metrics HTTP/1.1\r\nhost: localhost\r\nx-slow: ')
  const greedy = await Promise.all(Array.from({ length: 50 }, () => rawConnection(admin.place)))
  for (const socket of greedy) {
    socket.pause()
    for (let count = 0; count < 20; count += 1)
      socket.write('GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n')
  }
  for (const path of ['/livez', '/readyz', '/metrics', '/status'])
    expect(await admin.get(path)).toMatchObject({ status: 200 })
  // Each is let go: to make room, or because it took too long.
  const all = [...silent, ...halves]
  for (const socket of all) socket.resume()
  await until(() => all.every((socket) => socket.closed || socket.readableEnded), {
    withinMs: 20_000,
  })
  for (const socket of [...all, ...greedy]) socket.destroy()
  expect(await admin.get('/readyz')).toMatchObject({ status: 200 })
})

let scene: Promise<Scene> | undefined
/** One for the tests that leave it as they found it. */
function shared(): Promise<Scene> {
  scene ??= start()
  return scene
}
afterAll(async () => (await scene)?.[Symbol.asyncDispose]())

interface EventReader extends Disposable {
  readonly ids: number[]
  readonly events: EventRecord[]
}

async function readEvents(admin: AdminClient, path: string, headers = ''): Promise<EventReader> {
  const socket = await rawConnection(admin.place)
  const reader: EventReader = { ids: [], events: [], [Symbol.dispose]: () => socket.destroy() }
  let waiting = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = `${waiting}${chunk}`.split('\n')
    waiting = lines.pop() ?? ''
    for (const line of lines) {
      if (line.startsWith('id: ')) reader.ids.push(Number(line.slice(4)))
      if (line.startsWith('data: ')) reader.events.push(JSON.parse(line.slice(6)) as EventRecord)
    }
  })
  socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n${headers}\r\n`)
  await once(socket, 'data')
  return reader
}
