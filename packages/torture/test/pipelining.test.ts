import { expect, it } from 'vitest'

import { describeReport, type PipeliningSpec, startLoad } from '../src/index.ts'
import { answerText, badServer } from './bad-server.ts'

const spec: PipeliningSpec = { kind: 'pipelining', concurrency: 2, depth: 5 }

it('asks for several in one packet, on one connection', async () => {
  await using server = await badServer((socket, { id }) =>
    socket.write(answerText(id, `X-Id: ${id}`)),
  )
  await using run = startLoad({
    target: server.target,
    clients: [spec],
    expect: ({ body }, id) => (String(body) === id ? undefined : `says ${String(body)}`),
  })
  await run.until(({ requests }) => requests >= 100)
  const report = await run.stop()
  expect(report.failures, describeReport(report)).toEqual([])
  expect(report).toMatchObject({ inFlight: 0, sendAgain: 0 })
  expect(report.requests % 5).toBe(0)
  expect(server.connections).toBe(2)
})

it('withdraws what is behind an announced end, without a failure', async () => {
  await using server = await badServer((socket, { countHere }) => {
    if (countHere === 3) socket.end(answerText('', 'Connection: close'))
    else if (countHere < 3) socket.write(answerText(''))
  })
  await using run = startLoad({ target: server.target, clients: [spec] })
  await run.until(({ requests }) => requests >= 30)
  const report = await run.stop()
  expect(report.failures, describeReport(report)).toEqual([])
  expect(report.requests % 3).toBe(0)
  expect(report.sendAgain).toBe((report.requests / 3) * 2)
  expect(report).toMatchObject({ inFlight: 0 })
  const line = `to be sent again: ${report.sendAgain}; due and not sent: 0`
  expect(describeReport(report).split('\n')).toContain(line)
})

it('calls an answer wrong that another one follows after the announced end', async () => {
  await using server = await badServer((socket, { countHere }) => {
    if (countHere === 1) socket.write(answerText('', 'Connection: close') + answerText(''))
  })
  await using run = startLoad({ target: server.target, clients: [spec] })
  await run.until(({ failed }) => failed >= 4)
  const report = await run.stop()
  expect(report.outcomes['wrong-answer'], describeReport(report)).toBe(report.requests)
})

it('has lost all that is behind an end that nobody announced', async () => {
  await using server = await badServer((socket, { countHere }) => {
    if (countHere < 3) socket.write(answerText(''))
    if (countHere === 5) socket.end()
  })
  await using run = startLoad({ target: server.target, clients: [spec] })
  await run.until(({ failed }) => failed >= 9)
  const report = await run.stop()
  expect(report.outcomes['closed-unanswered'], describeReport(report)).toBe(report.failed)
  expect(report.failed * 2).toBe(report.ok * 3)
  expect(report).toMatchObject({ sendAgain: 0, inFlight: 0 })
})

it('knows the answer to another request', async () => {
  const ids: string[] = []
  await using server = await badServer((socket, { id, countHere }) => {
    ids.push(id)
    if (countHere !== 5) return
    for (const asked of ids.splice(0).toReversed()) socket.write(answerText('', `X-Id: ${asked}`))
  })
  await using run = startLoad({ target: server.target, clients: [{ ...spec, concurrency: 1 }] })
  await run.until(({ requests }) => requests >= 5)
  const report = await run.stop()
  // The one in the middle is where it should be.
  expect(report.outcomes['wrong-answer'], describeReport(report)).toBe((report.requests / 5) * 4)
})
