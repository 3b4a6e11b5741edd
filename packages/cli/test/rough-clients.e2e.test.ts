import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'

import { expect, it } from 'vitest'

import { appSource } from './support/app.ts'
import { answered, expectNoFailure, loadOf } from './support/load.ts'
import { type Nunicorn, startNunicorn } from './support/nunicorn.ts'
import { createProject } from './support/project.ts'
import { until } from './support/until.ts'

type Address = Awaited<ReturnType<Nunicorn['address']>>

/** An app that has an ear for clients that leave, besides all the others. */
const source = `
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc')
let heard = 0
${appSource().replace(
  'const routes = {',
  `const routes = {
  '/wait': (request, response) => { response.on('close', () => (heard += 1)) },
  '/heap': (_, response) => {
    collectGarbage()
    response.end(String(process.memoryUsage().heapUsed))
  },
  '/heard': (_, response) => response.end(String(heard)),`,
)}`

/** Head and body of a request that is answered only when its client has gone. */
const upload = `POST /wait HTTP/1.1\r\nHost: test\r\nContent-Length: 4000\r\n\r\n${'x'.repeat(4_000)}`
const headBytes = upload.indexOf('\r\n\r\n') + 4

it('clients that leave at any point leave nothing behind, and the app hears of each whose request it has', async () => {
  await using project = await createProject({ 'app.mjs': source })
  await using nunicorn = startNunicorn({
    directory: project.directory,
    args: ['app.mjs', '-w', '1', '-b', '127.0.0.1:0'],
  })
  await nunicorn.ready(1)
  const [worker = 0] = nunicorn.workers()
  const address = await nunicorn.address()
  const before = descriptorsOf(worker)
  const heap = async (): Promise<number> => Number(await bodyOf(address, '/heap'))
  let complete = 0
  const leave = async (index: number): Promise<void> => {
    const length = (index * 7_919) % (upload.length + 1)
    if (length >= headBytes) complete += 1
    const socket = await open(address)
    await new Promise((written) => socket.write(upload.slice(0, length), written))
    if (index % 2) socket.destroy()
    else socket.resetAndDestroy()
  }
  await crowd(2_000, leave)
  await until(() => descriptorsOf(worker) <= before)
  const heapBefore = await heap()
  await crowd(8_000, leave)
  await until(() => descriptorsOf(worker) <= before)
  expect((await heap()) - heapBefore).toBeLessThan(2_000_000)
  const heard = async (): Promise<number> => Number(await bodyOf(address, '/heard'))
  // A reset overtakes what was sent before it: of these requests the app may never have seen the head.
  expect(await heard()).toBeGreaterThan(complete / 2)
  expect(await heard()).toBeLessThanOrEqual(complete)
})

it('connections that are reset before anybody accepts them harm nobody', async () => {
  await using project = await createProject({ 'app.mjs': source })
  await using nunicorn = startNunicorn({
    directory: project.directory,
    args: ['app.mjs', '-w', '2', '-b', '127.0.0.1:0'],
  })
  await nunicorn.ready(2)
  const workers = nunicorn.workers()
  const address = await nunicorn.address()
  await using load = await loadOf(nunicorn)
  await answered(load, 100)
  await crowd(10_000, async () => {
    const socket = await open(address)
    socket.resetAndDestroy()
  })
  await answered(load, 100)
  expectNoFailure(await load.stop())
  expect(nunicorn.workers()).toEqual(workers)
  await until(() => workers.every((worker) => descriptorsOf(worker) < 40))
})

it('requests that are none, too large or smuggled get a 4xx and a close, and cost nobody else anything', async () => {
  await using project = await createProject({ 'app.mjs': source })
  await using nunicorn = startNunicorn({
    directory: project.directory,
    args: ['app.mjs', '-w', '2', '-b', '127.0.0.1:0'],
  })
  await nunicorn.ready(2)
  const workers = nunicorn.workers()
  const address = await nunicorn.address()
  await using load = await loadOf(nunicorn)
  await answered(load, 100)
  const status = new Map<string, Set<string>>()
  await crowd(10_000, async (index) => {
    const { what, sent } = bad[index % bad.length]!
    const socket = await open(address)
    socket.write(sent, 'latin1')
    const answer = await text(socket).catch(() => 'reset')
    const seen = status.get(what) ?? new Set()
    status.set(what, seen.add(answer.slice(0, 12)))
    expect(answer.split('HTTP/1.1 ').length, `${what}: ${answer}`).toBe(2)
  })
  await answered(load, 100)
  expectNoFailure(await load.stop())
  for (const { what, status: wanted } of bad)
    expect([what, ...status.get(what)!]).toEqual([what, `HTTP/1.1 ${wanted}`])
  expect(nunicorn.workers()).toEqual(workers)
})

const host = 'Host: test\r\n'
const bad = [
  { what: 'no HTTP', sent: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', status: 400 },
  { what: 'no method', sent: `GE T / HTTP/1.1\r\n${host}\r\n`, status: 400 },
  { what: 'no host', sent: 'GET / HTTP/1.1\r\n\r\n', status: 400 },
  { what: 'a large head', sent: `GET / HTTP/1.1\r\n${host}X: ${'x'.repeat(17_000)}`, status: 431 },
  { what: 'a large URL', sent: `GET /${'x'.repeat(17_000)} HTTP/1.1\r\n`, status: 431 },
  {
    what: 'a body of two lengths',
    sent: `POST / HTTP/1.1\r\n${host}Content-Length: 4\r\nContent-Length: 5\r\n\r\nGET /`,
    status: 400,
  },
  {
    what: 'a body of a length and chunks',
    sent: `POST / HTTP/1.1\r\n${host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /`,
    status: 400,
  },
  {
    what: 'a header with a line feed',
    sent: `GET / HTTP/1.1\r\n${host}X: a\nTransfer-Encoding : chunked\r\n\r\n`,
    status: 400,
  },
] as const

/** Does a thing so many times, 50 at once. */
async function crowd(times: number, act: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const one = async (): Promise<void> => {
    while (next < times) await act(next++)
  }
  await Promise.all(Array.from({ length: 50 }, one))
}

async function open(address: Address): Promise<Socket> {
  const socket = connect(address)
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

async function bodyOf(address: Address, path: string): Promise<string> {
  const socket = await open(address)
  socket.write(`GET ${path} HTTP/1.0\r\n\r\n`)
  return (await text(socket)).split('\r\n\r\n')[1] ?? ''
}

function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}
