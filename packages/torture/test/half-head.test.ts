import { createServer } from 'node:http'
import { createServer as createNetServer, type Socket } from 'node:net'

import { expect, it } from 'vitest'

import { describeReport, type HalfHeadSpec, startLoad } from '../src/index.ts'
import { answerText, listen } from './bad-server.ts'

const spec: HalfHeadSpec = { kind: 'half-head', concurrency: 2, patienceMs: 4000 }

it('sees that node:http answers 408', async () => {
  const server = createServer({ headersTimeout: 40, connectionsCheckingInterval: 20 }, () => {
    throw new Error('nothing was asked')
  })
  const target = { host: '127.0.0.1', port: await listen(server) }
  await using run = startLoad({ target, clients: [spec] })
  await run.until(({ requests }) => requests >= 4)
  const report = await run.stop()
  server.close()
  expect(report.failures, describeReport(report)).toEqual([])
  expect(report.endings.get('half-head answered 408')).toBeGreaterThanOrEqual(4)
})

it.each<[string, Partial<HalfHeadSpec>, (socket: Socket) => unknown]>([
  ['closed', {}, (socket) => socket.end()],
  ['reset', {}, (socket) => socket.resetAndDestroy()],
  ['held', { patienceMs: 20 }, () => {}],
  ['answered 400', {}, (socket) => socket.end(answerText('').replace('200 OK', '400 Bad Request'))],
])('counts how it ended: %s', async (how, more, behave) => {
  await using server = await silentServer(behave)
  await using run = startLoad({ target: server.target, clients: [{ ...spec, ...more }] })
  await run.until(({ requests }) => requests >= 4)
  const report = await run.stop()
  expect(report.failures, describeReport(report)).toEqual([])
  expect(report.endings.get(`half-head ${how}`)).toBeGreaterThanOrEqual(4)
})

it('calls an answer wrong to what it has not asked', async () => {
  await using server = await silentServer((socket) => socket.end(answerText('')))
  await using run = startLoad({ target: server.target, clients: [spec] })
  await run.until(({ failed }) => failed >= 2)
  const report = await run.stop()
  expect(report.outcomes['wrong-answer'], describeReport(report)).toBe(report.failed)
  expect(report.failures[0]?.detail).toBe('status 200 to half a head')
})

it('leaves at once when the run is stopped', async () => {
  const came = Promise.withResolvers<void>()
  await using server = await silentServer(() => came.resolve())
  await using run = startLoad({
    target: server.target,
    clients: [{ ...spec, patienceMs: 2 ** 30 }],
  })
  await came.promise
  expect((await run.stop()).failed).toBe(0)
})

/** Does something as soon as a byte comes. */
async function silentServer(behave: (socket: Socket) => unknown) {
  const sockets = new Set<Socket>()
  const server = createNetServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).once('data', () => behave(socket))
  })
  return {
    target: { host: '127.0.0.1', port: await listen(server) },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
