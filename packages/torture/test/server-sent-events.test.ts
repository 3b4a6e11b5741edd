import type { Socket } from 'node:net'

import { expect, it } from 'vitest'

import {
  describeReport,
  type FailedOutcome,
  type ServerSentEventsSpec,
  startLoad,
} from '../src/index.ts'
import { answerText, badServer } from './bad-server.ts'

const spec: ServerSentEventsSpec = { kind: 'server-sent-events', concurrency: 2 }
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Worker: 7\r\n'
const CHUNKED = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`
const END = '0\r\n\r\n'

it('counts the events of endless streams, and leaves when stopped', async () => {
  await using server = await badServer((socket) => void stream(socket))
  await using run = startLoad({ target: server.target, clients: [spec] })
  await run.until(({ events }) => events >= 20)
  const report = await run.stop()
  expect(report.failures, describeReport(report)).toEqual([])
  expect(report).toMatchObject({ requests: 2, ok: 2 })
  expect(report.endings).toEqual(new Map([['server-sent-events ended here', 2]]))
  expect([...report.workers.keys()]).toEqual(['7'])
  const line = /^streams: \d+ events; server-sent-events ended here: 2$/m
  expect(describeReport(report)).toMatch(line)
})

it('opens the next stream when one has ended properly, or has given enough', async () => {
  await using server = await badServer((socket, { count }) =>
    socket.write(CHUNKED + chunk('data: a\n\n').repeat(count === 1 ? 9 : 2) + END),
  )
  await using run = startLoad({
    target: server.target,
    clients: [{ ...spec, concurrency: 1, events: 3 }],
  })
  await run.until(({ requests }) => requests >= 4)
  const report = await run.stop()
  expect(report.failures, describeReport(report)).toEqual([])
  expect(report.endings.get('server-sent-events ended here')).toBe(1)
  expect(report.endings.get('server-sent-events ended by the server')).toBeGreaterThanOrEqual(3)
})

it('waits for a head no longer than for any other, however long it waits for events', async () => {
  await using server = await badServer((socket) => socket.write(HEAD))
  await using run = startLoad({ target: server.target, clients: [spec], timeoutMs: 50 })
  await run.until(({ failed }) => failed >= 2)
  const report = await run.stop()
  expect(report.outcomes.timeout, describeReport(report)).toBe(report.failed)
})

it.each<[string, FailedOutcome, RegExp, (socket: Socket) => unknown]>([
  [
    'a FIN between two events',
    'cut-short',
    /^FIN$/,
    (socket) => socket.end(CHUNKED + chunk('data: a\n\n')),
  ],
  [
    'a proper end within an event',
    'cut-short',
    /^ended within an event$/,
    (socket) => socket.write(CHUNKED + chunk('data: a\n') + END),
  ],
  [
    'a FIN within an event of a stream without chunks',
    'cut-short',
    /^ended within an event$/,
    (socket) => socket.end(`${HEAD}\r\ndata: a\n`),
  ],
  ['a reset', 'reset-before-bytes', /^ECONNRESET$/, (socket) => socket.resetAndDestroy()],
  ['no head', 'timeout', /within 60 ms$/, () => {}],
  ['silence', 'timeout', /within 50 ms$/, (socket) => socket.write(CHUNKED + chunk(': hello\n'))],
  [
    'what is no event stream',
    'wrong-answer',
    /^no event stream: 200, no Content-Type$/,
    (socket) => socket.write(answerText('x')),
  ],
  [
    'a 503',
    'server-error',
    /^status 503$/,
    (socket) => socket.write(answerText('x').replace('200 OK', '503 No')),
  ],
])('calls %s %s', async (_, outcome, detail, behave) => {
  await using server = await badServer((socket) => behave(socket))
  const timeoutMs = outcome === 'timeout' ? 60 : 4000
  const clients = [{ ...spec, ...(outcome === 'timeout' && { silenceMs: 50 }) }]
  await using run = startLoad({ target: server.target, clients, timeoutMs })
  await run.until(({ failed }) => failed >= 3)
  const report = await run.stop()
  expect(report.outcomes[outcome], describeReport(report)).toBe(report.failed)
  for (const failure of report.failures) expect(failure.detail).toMatch(detail)
})

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`
}

async function stream(socket: Socket): Promise<void> {
  socket.write(CHUNKED)
  for (; !socket.destroyed; await new Promise(setImmediate)) socket.write(chunk('data: a\n\n'))
}
