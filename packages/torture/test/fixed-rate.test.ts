import { expect, it } from 'vitest'

import { describeReport, type FixedRateSpec, startLoad } from '../src/index.ts'
import { answerText, badServer } from './bad-server.ts'

const spec: FixedRateSpec = { kind: 'fixed-rate', ratePerSecond: 500, connections: 4 }

it('holds its rate on the connections that it keeps', async () => {
  await using server = await badServer((socket) => socket.write(answerText('')))
  await using run = startLoad({ target: server.target, clients: [spec] })
  await run.until(({ requests }) => requests >= 250)
  const report = await run.stop()
  expect(report.failures, describeReport(report)).toEqual([])
  expect(server.connections).toBe(4)
  const dueBy = (report.durationMs * 500) / 1000 + 1
  expect(report.requests + report.behind).toBeLessThanOrEqual(dueBy)
  expect(report.requests + report.behind).toBeGreaterThan(dueBy - 50)
})

it('lets a request wait from its due time for the connection that is busy, while the others go on', async () => {
  let release = (): unknown => undefined
  await using server = await badServer((socket, { count }) => {
    const answer = (): unknown => socket.write(answerText(''))
    if (count === 1) release = answer
    else answer()
    if (count === 150) release()
  })
  await using run = startLoad({ target: server.target, clients: [{ ...spec, ratePerSecond: 400 }] })
  await run.until(({ requests }) => requests >= 250)
  const report = await run.stop()
  expect(report.failures, describeReport(report)).toEqual([])
  expect(report.connections.opened).toBe(4)
  const first = report.longestWait()
  const { waitMs = 0, sentMs = 0 } = first ?? {}
  expect(first?.id).toMatch(/-1$/)
  expect(waitMs).toBeGreaterThan(400)
  // The next but three on the same connection was due 40 ms later, and could not be answered before the first.
  const fifth = report.longestWait({ sentAfterMs: sentMs + 38, sentBeforeMs: sentMs + 42 })
  expect(fifth?.waitMs).toBeGreaterThanOrEqual(waitMs - 42)
})

it('counts what was due and not sent when it is stopped', async () => {
  const asked = Promise.withResolvers<() => void>()
  await using server = await badServer((socket) => {
    asked.resolve(() => socket.write(answerText('')))
  })
  const clients = [{ ...spec, ratePerSecond: 1000, connections: 1 }]
  await using run = startLoad({ target: server.target, clients })
  const answer = await asked.promise
  const stopping = run.stop()
  answer()
  const report = await stopping
  expect(report.requests).toBe(1)
  expect(report.behind).toBeLessThanOrEqual(report.durationMs + 1)
})

it('opens another connection for one that the server has ended, and goes on', async () => {
  await using server = await badServer((socket, { countHere }) =>
    countHere < 10 ? socket.write(answerText('')) : socket.end(answerText('', 'Connection: close')),
  )
  await using run = startLoad({ target: server.target, clients: [spec] })
  await run.until(({ requests }) => requests >= 120)
  const report = await run.stop()
  expect(report.failures, describeReport(report)).toEqual([])
  expect(report.connections.opened).toBeGreaterThanOrEqual(12)
})

it('asks again at the next due time after a failure', async () => {
  await using server = await badServer((socket, { count }) =>
    count % 5 === 0 ? socket.resetAndDestroy() : socket.write(answerText('')),
  )
  await using run = startLoad({ target: server.target, clients: [spec] })
  await run.until(({ requests }) => requests >= 100)
  const report = await run.stop()
  expect(report.outcomes['reset-before-bytes'], describeReport(report)).toBe(report.failed)
  expect(report.failed).toBe(Math.floor(report.requests / 5))
})
