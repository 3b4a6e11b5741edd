import { createHash, randomBytes } from 'node:crypto'

import { expect, it } from 'vitest'

import { describeReport, type FailedOutcome, type SlowReadSpec, startLoad } from '../src/index.ts'
import { badServer, type Behaviour } from './bad-server.ts'

const body = randomBytes(400_000)
const digest = createHash('sha256').update(body).digest()
const hex = digest.toString('hex')
const spec: SlowReadSpec = { kind: 'slow-read', concurrency: 2, bytesPerSecond: 2_000_000 }

it('takes its time, longer than its patience with a server that says nothing', async () => {
  await using server = await badServer(send(body))
  const clients = [{ ...spec, sha256: hex }]
  await using run = startLoad({ target: server.target, clients, timeoutMs: 100 })
  await run.until(({ requests }) => requests >= 4)
  // Two after the other, 200 ms each, less the last piece of each.
  expect(run.nowMs()).toBeGreaterThan(300)
  const report = await run.stop()
  expect(report.failures, describeReport(report)).toEqual([])
  // It waits for the head alone.
  expect(report.longestWait()?.waitMs).toBeLessThan(150)
})

it('hurries when the run is stopped', async () => {
  await using server = await badServer(send(body))
  const clients = [{ ...spec, bytesPerSecond: 1 }]
  const asked = Promise.withResolvers<void>()
  const request = () => (asked.resolve(), {})
  await using run = startLoad({ target: server.target, clients, request })
  await asked.promise
  const report = await run.stop()
  expect(report, describeReport(report)).toMatchObject({ ok: 2, requests: 2 })
})

it.each<[string, FailedOutcome, RegExp, Partial<SlowReadSpec>, Behaviour]>([
  [
    'a body with another hash',
    'wrong-answer',
    /^a body with SHA-256 [\da-f]{64}, not a{64}$/,
    { sha256: 'A'.repeat(64) },
    send(body),
  ],
  [
    'a body that is not as its header says',
    'wrong-answer',
    /^a body with SHA-256/,
    {},
    send(body.subarray(1), { 'Content-Digest': field() }),
  ],
  [
    'a body that is cut',
    'cut-short',
    /^FIN$/,
    {},
    (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'),
  ],
  [
    'a body that stalls',
    'timeout',
    /within 60 ms$/,
    {},
    (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'),
  ],
])('calls %s %s', async (_, outcome, detail, more, behave) => {
  await using server = await badServer(behave)
  const clients = [{ ...spec, bytesPerSecond: 1e9, ...more }]
  const timeoutMs = outcome === 'timeout' ? 60 : 4000
  await using run = startLoad({ target: server.target, clients, timeoutMs })
  await run.until(({ failed }) => failed >= 2)
  const report = await run.stop()
  expect(report.outcomes[outcome], describeReport(report)).toBe(report.failed)
  for (const failure of report.failures) expect(failure.detail).toMatch(detail)
})

it('finds a right hash in a header right', async () => {
  await using server = await badServer(send(body, { 'Repr-Digest': `sha-512=:x:, ${field()}` }))
  await using run = startLoad({
    target: server.target,
    clients: [{ ...spec, bytesPerSecond: 1e9 }],
  })
  await run.until(({ requests }) => requests >= 2)
  expect((await run.stop()).failures).toEqual([])
})

function field(): string {
  return `sha-256=:${digest.toString('base64')}:`
}

function send(bytes: Buffer, headers: Readonly<Record<string, string>> = {}): Behaviour {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length}\r\n${lines.join('')}\r\n`
  return (socket) => socket.write(Buffer.concat([Buffer.from(head), bytes]))
}
