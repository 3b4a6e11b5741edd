import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'

import { describeReport, type Report } from '@nunicorn/torture'
import { expect, it } from 'vitest'

import { appSource } from './support/app.ts'
import { answered, expectNoFailure, loadOf } from './support/load.ts'
import { startNunicorn } from './support/nunicorn.ts'
import { createProject } from './support/project.ts'

it('request-timeout ends a request that is stuck, not the worker that holds it', async () => {
  await using project = await createProject({ 'app.mjs': appSource() })
  await using nunicorn = startNunicorn({
    directory: project.directory,
    args: ['app.mjs', '-w', '1', '-b', '127.0.0.1:0', '--request-timeout', '1s', '-t', '3s'],
  })
  await nunicorn.ready(1)
  const workers = nunicorn.workers()
  await using load = await loadOf(nunicorn)
  const socket = connect(await nunicorn.address())
  socket.write('GET /sleep?ms=2500 HTTP/1.1\r\nHost: test\r\n\r\n')
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 503 [^]*Connection: close/)
  await nunicorn.log.waitFor(/\[WARNING\] Gave up on GET \/sleep\?ms=2500 with a 503/)
  const givenUpAt = load.nowMs()
  // By then the app has answered, too late.
  await load.until(() => load.nowMs() > givenUpAt + 2_500)
  expectNoFailure(await load.stop())
  expect(nunicorn.workers()).toEqual(workers)
})

it('500 clients that send a byte a second get a 408 in time, and delay nobody', async () => {
  await using project = await createProject({ 'app.mjs': appSource() })
  await using nunicorn = startNunicorn({
    directory: project.directory,
    args: ['app.mjs', '-w', '2', '-b', '127.0.0.1:0', '--header-timeout', '3s'],
  })
  await nunicorn.ready(2)
  const control = await measure()
  const address = await nunicorn.address()
  const openedAt = performance.now()
  const sockets = await Promise.all(Array.from({ length: 500 }, () => open(address)))
  const slow = sockets.map(async (socket) => {
    const timer = setInterval(() => socket.write('x'), 1_000)
    socket.write('GET / HTTP/1.1\r\nX: ')
    const answer = await text(socket).finally(() => clearInterval(timer))
    return { answer, afterMs: performance.now() - openedAt }
  })
  const beside = await measure()
  // Node's own look at its connections every 30 s would be no timeout.
  for (const { answer, afterMs } of await Promise.all(slow)) {
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(afterMs).toBeLessThan(3_000 + 5_000)
  }
  expectNoFailure(beside)
  // Under 5 ms it is the machine that is measured.
  expect(beside.percentileMs(99), describeReport(beside)).toBeLessThanOrEqual(
    Math.max(5, 2 * control.percentileMs(99)),
  )

  async function measure(): Promise<Report> {
    await using load = await loadOf(nunicorn, {
      clients: [{ kind: 'open-loop', ratePerSecond: 300 }],
    })
    await answered(load, 600)
    return await load.stop()
  }
})

async function open(address: { readonly host: string; readonly port: number }): Promise<Socket> {
  const socket = connect(address)
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}
