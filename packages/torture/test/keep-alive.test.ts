import { setImmediate as turnOfTheLoop } from 'node:timers/promises'

import { expect, it } from 'vitest'

import { describeReport, type KeepAliveSpec, startLoad } from '../src/index.ts'
import { answerText, badServer } from './bad-server.ts'

const one: KeepAliveSpec = { kind: 'keep-alive', concurrency: 1 }

it('asks again on the same connection', async () => {
  await using server = await badServer((socket) => socket.write(answerText('abc')))
  await using run = startLoad({ target: server.target, clients: [{ ...one, concurrency: 3 }] })
  await run.until(({ requests }) => requests >= 100)
  const report = await run.stop()
  expect(report.failures, describeReport(report)).toEqual([])
  expect(server.connections).toBe(3)
  expect(report.connections).toEqual({ opened: 3, closedIdle: 0, closedEarly: 0 })
})

it('opens another connection after `Connection: close`, without a failure', async () => {
  await using server = await badServer((socket, { countHere }) =>
    countHere < 3
      ? socket.write(answerText('abc'))
      : socket.end(answerText('abc', 'Connection: close')),
  )
  await using run = startLoad({ target: server.target, clients: [one] })
  await run.until(({ requests }) => requests >= 30)
  const report = await run.stop()
  expect(report.failures, describeReport(report)).toEqual([])
  expect(report.connections.opened).toBe(Math.ceil(report.requests / 3))
})

it('opens another connection after an unannounced close that came when nothing was asked, and counts it', async () => {
  await using server = await badServer((socket) =>
    socket.end(answerText('abc', 'Keep-Alive: timeout=9')),
  )
  await using run = startLoad({ target: server.target, clients: [{ ...one, thinkMs: [30] }] })
  await run.until(({ requests }) => requests >= 5)
  const report = await run.stop()
  expect(report.failures, describeReport(report)).toEqual([])
  expect(report.connections.opened).toBe(report.requests)
  expect(report.connections.closedIdle).toBeGreaterThanOrEqual(4)
  expect(report.connections.closedEarly).toBe(report.connections.closedIdle)
})

it('fails when an unannounced close meets its request', async () => {
  await using server = await badServer((socket, { countHere }) =>
    countHere === 1 ? socket.write(answerText('abc', 'X-Worker: 7')) : socket.end(),
  )
  await using run = startLoad({ target: server.target, clients: [{ ...one, thinkMs: [5] }] })
  await run.until(({ failed }) => failed >= 3)
  const report = await run.stop()
  expect(report.ok, describeReport(report)).toBeGreaterThanOrEqual(3)
  expect(report.outcomes['closed-unanswered']).toBe(report.failed)
  for (const failure of report.failures) {
    expect(failure).toMatchObject({ reused: true, worker: '7', bytesReceived: 0 })
    expect(failure.idleMs).toBeGreaterThanOrEqual(4)
    expect(failure.openedMs).toBeLessThan(failure.sentMs)
  }
})

it('fails when the server closes right after an answer that did not say so, and the client does not pause', async () => {
  await using server = await badServer((socket) => socket.end(answerText('abc')))
  await using run = startLoad({ target: server.target, clients: [one] })
  await run.until(({ requests }) => requests >= 6)
  const report = await run.stop()
  expect(report.failed, describeReport(report)).toBe(Math.floor(report.requests / 2))
  expect(report.failures.every(({ reused }) => reused)).toBe(true)
})

it('calls an answer wrong that another one follows while nothing is asked', async () => {
  await using server = await badServer(async (socket, { countHere }) => {
    socket.write(answerText('abc'))
    if (countHere > 1) return
    // Until the client, which is this process too, has taken the first one.
    for (let turn = 0; turn < 3; turn++) await turnOfTheLoop()
    socket.write(answerText('abc'))
  })
  await using run = startLoad({ target: server.target, clients: [{ ...one, thinkMs: [30] }] })
  await run.until(({ failed }) => failed >= 3)
  const report = await run.stop()
  expect(report.outcomes['wrong-answer'], describeReport(report)).toBe(report.failed)
  expect(report.ok + report.failed).toBe(report.requests)
  expect(report.ok).toBeLessThanOrEqual(1)
})

it('honours the hint how long a connection is kept when idle, or not, as told', async () => {
  await using server = await badServer((socket) =>
    socket.write(answerText('abc', 'Keep-Alive: timeout=1')),
  )
  const patient = { ...one, thinkMs: [1050] }
  await using honouring = startLoad({ target: server.target, clients: [patient] })
  await using ignoring = startLoad({
    target: server.target,
    clients: [{ ...patient, honoursKeepAliveHint: false }],
  })
  await Promise.all([
    honouring.until(({ requests }) => requests === 2),
    ignoring.until(({ requests }) => requests === 2),
  ])
  expect(honouring.report().connections).toEqual({ opened: 2, closedIdle: 0, closedEarly: 0 })
  expect(ignoring.report().connections).toEqual({ opened: 1, closedIdle: 0, closedEarly: 0 })
})

it('stops without waiting for the end of a pause', async () => {
  await using server = await badServer((socket) => socket.write(answerText('abc')))
  await using run = startLoad({
    target: server.target,
    clients: [{ ...one, thinkMs: [1_000_000] }],
  })
  await run.until(({ requests }) => requests === 1)
  expect(await run.stop()).toMatchObject({ requests: 1, ok: 1, inFlight: 0 })
})
