import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { randomUUID } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { type ClientSpec, describeReport, startLoad } from '../src/index.ts'
import { answerText, badServer, listen } from './bad-server.ts'

describe('against a node:http server that does nothing wrong', () => {
  it(
    'counts not one failure in thousands of requests of all kinds',
    { timeout: 60_000 },
    async () => {
      const ids = new Set<string>()
      await using server = await httpServer((request, response) => {
        ids.add(String(request.headers['x-id']))
        response.setHeader('x-worker', 'a').setHeader('x-version', '2')
        request.resume().on('end', () => response.end(request.headers['x-id']))
      })
      await using run = startLoad({
        target: server.target,
        clients: [
          { kind: 'connection-per-request', concurrency: 8 },
          { kind: 'keep-alive', concurrency: 8, thinkMs: [0, 1, 5] },
          { kind: 'open-loop', ratePerSecond: 200 },
        ],
        request: (id) => ({
          method: 'POST',
          path: `/?${id}`,
          body: Buffer.from(id),
          headers: { A: 'b' },
        }),
        expect: ({ body }, id) => (String(body) === id ? undefined : `says ${String(body)}`),
      })
      await run.until(({ requests }) => requests >= 5000)
      const report = await run.stop()
      expect(report.failures, describeReport(report)).toEqual([])
      expect(report.ok).toBe(report.requests)
      expect(ids.size).toBe(report.requests)
      expect(report.workers.get('a')?.answers).toBe(report.requests)
      expect([...report.versions.keys()]).toEqual(['2'])
    },
  )

  it('reads large chunked bodies, HEAD and 204 over a Unix socket', async () => {
    const path = join(tmpdir(), `torture-${randomUUID()}.sock`)
    const large = Buffer.alloc(300_000, 'x')
    const server = createServer((request, response) => {
      if (request.url === '/204') return response.writeHead(204).end()
      response.write(large.subarray(0, 1000))
      response.end(large.subarray(1000))
    })
    await new Promise<void>((resolve) => server.listen(path, resolve))
    let turn = 0
    const requests = [{}, { method: 'HEAD' }, { path: '/204' }]
    const sizes = [large.length, 0, 0]
    const expected = new Map<string, number>()
    await using run = startLoad({
      target: { path },
      clients: [{ kind: 'keep-alive', concurrency: 2 }],
      request: (id) => {
        expected.set(id, sizes[turn % 3] ?? 0)
        return requests[turn++ % 3] ?? {}
      },
      expect: ({ body }, id) =>
        body.length === expected.get(id) ? undefined : `${body.length} bytes`,
    })
    await run.until((progress) => progress.requests >= 60)
    const report = await run.stop()
    server.close()
    expect(report.failures, describeReport(report)).toEqual([])
    expect(report.connections.opened).toBe(2)
  })
})

describe('a run', () => {
  const one: readonly ClientSpec[] = [{ kind: 'keep-alive', concurrency: 1 }]

  it('lets what is in flight end when it is stopped', async () => {
    const asked = Promise.withResolvers<() => void>()
    await using server = await badServer((socket) =>
      asked.resolve(() => socket.write(answerText('late'))),
    )
    await using run = startLoad({ target: server.target, clients: one })
    const answer = await asked.promise
    const stopping = run.stop()
    expect(run.report()).toMatchObject({ requests: 0, inFlight: 1 })
    answer()
    expect(await stopping).toMatchObject({ requests: 1, ok: 1, inFlight: 0 })
  })

  it('gives snapshots that do not change', async () => {
    await using server = await badServer((socket) => socket.write(answerText('', 'X-Worker: a')))
    await using run = startLoad({ target: server.target, clients: one })
    await run.until(({ requests }) => requests >= 10)
    const early = run.report()
    const { requests, ok } = early
    await run.until((progress) => progress.requests >= requests + 10)
    expect(early).toMatchObject({ requests, ok })
    expect(early.workers.get('a')?.answers).toBe(requests)
    expect(run.progress.requests).toBeGreaterThanOrEqual(requests + 10)
  })

  it('says so when it is stopped before the awaited condition holds', async () => {
    await using server = await badServer((socket) => socket.write(answerText('')))
    await using run = startLoad({ target: server.target, clients: one })
    const waiting = run.until(() => false)
    void run.stop()
    await expect(waiting).rejects.toThrow('before the condition held')
  })

  it.each(['request', 'expect'] as const)(
    'ends with what the function `%s` throws',
    async (name) => {
      await using server = await badServer((socket) => socket.write(answerText('')))
      const fault = (): never => {
        throw new TypeError('a fault of the test')
      }
      for (const clients of [one, [{ kind: 'open-loop', ratePerSecond: 100 }] as const]) {
        const run = startLoad({ target: server.target, clients, [name]: fault })
        await expect(run.until(() => false)).rejects.toThrow('before the condition held')
        await expect(run.stop()).rejects.toThrow('a fault of the test')
      }
    },
  )

  it('counts all failures, keeps the first, and refuses to judge those that it has not kept', async () => {
    await using server = await badServer((socket) => socket.end())
    await using run = startLoad({ target: server.target, clients: one, keepFailures: 3 })
    await run.until(({ failed }) => failed >= 6)
    const report = await run.stop()
    expect(report.failures).toHaveLength(3)
    expect(report.outcomes['closed-unanswered']).toBe(report.failed)
    expect(() => report.failuresOutside()).toThrow(/only 3 of \d+ failures were kept/)
    expect(describeReport(report)).toMatch(/and \d+ more$/)
  })

  it('waits from the due time in an open loop: a stall is seen by all whom it hits', async () => {
    const release: (() => void)[] = []
    let stalled = true
    await using server = await badServer((socket) => {
      const answer = () => socket.end(answerText('', 'Connection: close'))
      if (stalled) release.push(answer)
      else answer()
      if (release.length < 20 || !stalled) return
      stalled = false
      for (const go of release) go()
    })
    await using run = startLoad({
      target: server.target,
      clients: [{ kind: 'open-loop', ratePerSecond: 100 }],
    })
    await run.until(({ requests }) => requests >= 40)
    const report = await run.stop()
    expect(report.failures, describeReport(report)).toEqual([])
    // Twenty requests, 10 ms apart, were due before the first one was answered.
    const first = report.longestWait({ sentBeforeMs: 1 })?.waitMs ?? 0
    expect(first).toBeGreaterThanOrEqual(185)
    const tenth = report.longestWait({ sentAfterMs: 100, sentBeforeMs: 105 })?.waitMs
    expect(tenth).toBeGreaterThanOrEqual(85)
    expect(report.longestWait()?.waitMs).toBe(first)
  })

  it('waits from the due time in an open loop, even if this process was too busy to send', async () => {
    await using server = await badServer((socket, { count }) => {
      if (count === 5) standStill(200)
      socket.end(answerText('', 'Connection: close'))
    })
    await using run = startLoad({
      target: server.target,
      clients: [{ kind: 'open-loop', ratePerSecond: 100 }],
    })
    await run.until(({ requests }) => requests >= 30)
    const report = await run.stop()
    expect(report.failures, describeReport(report)).toEqual([])
    const inTheStall = report.longestWait({ sentAfterMs: 100, sentBeforeMs: 110 })
    expect(inTheStall?.waitMs).toBeGreaterThan(100)
  })

  it('does not take its own slowness for the answer being late', async () => {
    await using server = await badServer((socket) => {
      socket.write(answerText(''))
      standStill(60)
    })
    await using run = startLoad({ target: server.target, clients: one, timeoutMs: 50 })
    await run.until(({ requests }) => requests >= 3)
    const report = await run.stop()
    expect(report.failures, describeReport(report)).toEqual([])
    expect(report.clientStallMs).toBeGreaterThan(30)
    expect(report.longestWait()?.waitMs).toBeGreaterThanOrEqual(60)
  })

  it('does not take its own slowness for a close that met its request', async () => {
    await using server = await badServer(async (socket) => {
      socket.write(answerText(''))
      for (let turn = 0; turn < 3; turn++) await turnOfTheLoop()
      socket.end()
      standStill(60)
    })
    const thinking: ClientSpec = { kind: 'keep-alive', concurrency: 1, thinkMs: [30] }
    await using run = startLoad({ target: server.target, clients: [thinking] })
    await run.until(({ requests }) => requests >= 4)
    const report = await run.stop()
    expect(report.failures, describeReport(report)).toEqual([])
    expect(report.connections.closedIdle).toBeGreaterThanOrEqual(3)
  })

  it('describes itself', async () => {
    await using server = await badServer((socket, { count }) =>
      count === 3
        ? socket.end('HTTP')
        : socket.write(answerText('', 'X-Worker: 41', 'X-Version: 2')),
    )
    await using run = startLoad({ target: server.target, clients: one })
    await run.until(({ ok }) => ok >= 5)
    const lines = describeReport(await run.stop()).split('\n')
    expect(lines[0]).toMatch(/^\d+ requests in .* ms \(\d+\/s\): \d+ ok, 1 failed$/)
    expect(lines[1]).toBe('failed: cut-short 1')
    expect(lines[2]).toMatch(
      /^waits: p50 .* ms, p99 .* ms, p99\.9 .* ms, longest .* ms \(.*-\d+, sent at/,
    )
    expect(lines[3]).toMatch(/^workers: 41: \d+ from/)
    expect(lines[4]).toMatch(/^versions: 2: \d+ from/)
    expect(lines[5]).toMatch(/^connections: 2 opened;/)
    expect(lines.at(-1)).toMatch(
      /^ {2}cut-short \(FIN\): keep-alive .*-3, sent at .*, 4 bytes, port \d+ .*\(reused after .* idle\), worker 41$/,
    )
  })
})

/** Keeps this process, which is server and client, from doing anything else. */
function standStill(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until;);
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
