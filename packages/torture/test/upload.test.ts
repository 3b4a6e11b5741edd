import { createHash } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'

import { expect, it } from 'vitest'

import { describeReport, type FailedOutcome, startLoad, type UploadSpec } from '../src/index.ts'
import { answerText, badServer, listen } from './bad-server.ts'

const spec: UploadSpec = { kind: 'upload', concurrency: 2, bytes: 300_000 }

it('compares the SHA-256 that the server gives with what was sent, each time something else', async () => {
  const hashes = new Set<string>()
  await using server = await hashingServer(hashes)
  await using run = startLoad({ target: server.target, clients: [spec] })
  await run.until(({ requests }) => requests >= 10)
  const report = await run.stop()
  expect(report.failures, describeReport(report)).toEqual([])
  expect(report.endings).toEqual(new Map([['upload arrived whole', report.requests]]))
  expect(hashes.size).toBe(report.requests)
})

it('paces itself, and hurries when the run is stopped', async () => {
  const hashes = new Set<string>()
  await using server = await hashingServer(hashes)
  const clients = [{ ...spec, bytesPerSecond: 1_000_000 }]
  await using run = startLoad({ target: server.target, clients })
  await run.until(({ requests }) => requests >= 2)
  expect(run.nowMs()).toBeGreaterThan(245)
  const report = await run.stop()
  expect(report.failures, describeReport(report)).toEqual([])
  // It waits for the answer from its last byte on.
  expect(report.longestWait()?.waitMs).toBeLessThan(200)
})

it.each<[string, FailedOutcome, RegExp, (text: string) => string]>([
  [
    'a wrong hash',
    'wrong-answer',
    /^SHA-256 0{64} of a body with [\da-f]{64}$/,
    () => answerText('0'.repeat(64)),
  ],
  [
    'a 413 before it was all sent',
    'wrong-answer',
    /^status 413$/,
    () => answerText('').replace('200 OK', '413 Too Large'),
  ],
  ['a 500', 'server-error', /^status 500$/, () => answerText('').replace('200 OK', '500 No')],
])('calls %s %s', async (_, outcome, detail, answer) => {
  await using server = await badServer((socket, { text }) => socket.write(answer(text)))
  const report = await loadUntilFailed(server.target, spec)
  expect(report.outcomes[outcome], describeReport(report)).toBe(report.failed)
  for (const failure of report.failures) expect(failure.detail).toMatch(detail)
})

it('calls a reset in the middle reset, and a server that does not read timeout', async () => {
  await using resetting = await badServer((socket) => socket.resetAndDestroy())
  const large = { ...spec, bytes: 20_000_000 }
  const reset = await loadUntilFailed(resetting.target, large)
  expect(reset.outcomes['reset-before-bytes'], describeReport(reset)).toBe(reset.failed)
  await using stalling = await badServer((socket) => socket.pause())
  const stalled = await loadUntilFailed(stalling.target, { ...large, concurrency: 1 }, 80)
  expect(stalled.outcomes.timeout, describeReport(stalled)).toBe(stalled.failed)
  expect(stalled.failures[0]?.detail).toBe('the upload stood still for 80 ms')
})

async function loadUntilFailed(
  target: { host: string; port: number },
  client: UploadSpec,
  timeoutMs = 4000,
) {
  await using run = startLoad({ target, clients: [client], timeoutMs })
  await run.until(({ failed }) => failed >= 2)
  return run.stop()
}

function hashingServer(hashes: Set<string>) {
  return httpServer(async (request, response) => {
    const hash = createHash('sha256')
    for await (const piece of request) hash.update(piece as Buffer)
    const digest = hash.digest('hex')
    hashes.add(digest)
    response.end(JSON.stringify({ sha256: digest }))
  })
}

async function httpServer(listener: RequestListener) {
  const server = createServer(listener)
  const port = await listen(server)
  return {
    target: { host: '127.0.0.1', port },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
