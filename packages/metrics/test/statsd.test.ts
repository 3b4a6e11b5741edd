import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

import { durationBounds, noAnswers, noDurations } from '@nunicorn/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { packLines } from '../src/statsd/datagrams.ts'
import { startStatsd } from '../src/statsd/index.ts'
import { type Snapshot, statsdLines } from '../src/statsd/lines.ts'
import { spreadDurations } from '../src/statsd/spread-durations.ts'
import { fleet, noTotals } from './fleet.ts'

const quiet = { warning: 0, error: 0, critical: 0 }

function snapshot(totals: Partial<typeof noTotals> = {}, more: Partial<Snapshot> = {}): Snapshot {
  return { status: fleet({ totals: { ...noTotals, ...totals } }), logs: quiet, ...more }
}

describe('the lines for StatsD', () => {
  it("have Gunicorn's names, and tell only what is new", () => {
    const before = snapshot({ requests: 10, statuses: { 200: 10 } })
    const counts = noDurations.counts.with(3, 1).with(5, 2)
    const now = snapshot(
      {
        requests: 13,
        answers: { ...noAnswers, '2xx': 12, aborted: 1 },
        statuses: { 200: 11, 204: 1, 503: 1 },
        durations: { counts, sumSeconds: 0.04 },
      },
      { logs: { warning: 2, error: 1, critical: 0 } },
    )
    const lines = statsdLines(before, now, {})
    expect(lines.filter((line) => !line.includes('duration'))).toEqual([
      'gunicorn.requests:3|c',
      'gunicorn.request.status.200:1|c',
      'gunicorn.request.status.204:1|c',
      'gunicorn.request.status.503:1|c',
      'gunicorn.request.status.aborted:1|c',
      'gunicorn.log.warning:2|c',
      'gunicorn.log.error:1|c',
      'gunicorn.workers:2|g',
    ])
    const timers = lines.filter((line) => line.includes('duration'))
    expect(timers).toHaveLength(2)
    expect(timers[0]).toMatch(/^gunicorn\.request\.duration:[\d.]+\|ms$/)
    expect(timers[1]).toMatch(/^gunicorn\.request\.duration:[\d.]+\|ms\|@0\.5$/)
    expect(statsdLines(now, now, {})).toEqual(['gunicorn.workers:2|g'])
  })

  it('have the prefix and the tags, in which nothing can begin another line', () => {
    const backlogs = [{ listener: 'http://a', slot: 1, waiting: 3 }]
    const lines = statsdLines(undefined, snapshot({}, { backlogs }), {
      prefix: 'shop:1|c\nx..',
      tags: 'env:prod,team:shop\n|',
    })
    expect(lines).toEqual([
      'shop_1_c_x.gunicorn.workers:2|g|#env:prod,team:shop__',
      'shop_1_c_x.gunicorn.backlog:3|h|#env:prod,team:shop__',
    ])
  })
})

it('the durations that stand for a histogram are within its buckets and add up to its sum', () => {
  const answers = fc.array(fc.double({ min: 1e-6, max: 90, noNaN: true }), {
    minLength: 1,
    maxLength: 50,
  })
  fc.assert(
    fc.property(answers, (seconds) => {
      const counts = noDurations.counts.map(
        (_, index) =>
          seconds.filter(
            (took) =>
              took <= (durationBounds[index] ?? Infinity) &&
              took > (durationBounds[index - 1] ?? 0),
          ).length,
      )
      const sumSeconds = seconds.reduce((sum, took) => sum + took, 0)
      const timings = spreadDurations({ counts, sumSeconds })
      expect(timings.reduce((sum, { count }) => sum + count, 0)).toBe(seconds.length)
      const sum = timings.reduce((total, timing) => total + timing.count * timing.seconds, 0)
      expect(sum).toBeCloseTo(sumSeconds, 6)
    }),
  )
})

it('lines are packed into datagrams that fit into a packet, in their order, and none is lost', () => {
  const lines = Array.from({ length: 200 }, (_, index) => `gunicorn.${'x'.repeat(index % 90)}:1|c`)
  const datagrams = packLines(lines)
  expect(datagrams.length).toBeGreaterThan(1)
  for (const datagram of datagrams) expect(Buffer.byteLength(datagram)).toBeLessThanOrEqual(1_432)
  expect(datagrams.join('\n').split('\n')).toEqual(lines)
  expect(packLines([])).toEqual([])
})

/** A StatsD server, as far as it takes what comes by UDP. */
async function receiver(): Promise<
  AsyncDisposable & { readonly port: number; line(pattern: RegExp): Promise<string> }
> {
  const socket: Socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const lines: string[] = []
  socket.on('message', (datagram) => void lines.push(...datagram.toString().split('\n')))
  return {
    port: socket.address().port,
    async line(pattern) {
      for (;;) {
        const found = lines.find((line) => pattern.test(line))
        if (found !== undefined) return found
        await once(socket, 'message')
      }
    },
    async [Symbol.asyncDispose]() {
      socket.close()
    },
  }
}

describe('a StatsD server', () => {
  it('is told as time goes by, and what is left at the end', async () => {
    await using statsd = await receiver()
    let now = snapshot({ requests: 1 })
    const source = {
      status: () => now.status,
      logs: () => now.logs,
      backlogs: async () => [{ listener: 'http://a', slot: 1, waiting: 3 }],
    }
    const options = { host: '127.0.0.1', port: statsd.port, backlog: true, everyMs: 10 }
    {
      await using _teller = startStatsd(source, options)
      await statsd.line(/^gunicorn\.requests:1\|c$/)
      await statsd.line(/^gunicorn\.backlog:3\|h$/)
      now = snapshot({ requests: 6 })
      await statsd.line(/^gunicorn\.requests:5\|c$/)
      now = snapshot({ requests: 13 })
    }
    await statsd.line(/^gunicorn\.requests:7\|c$/)
  })

  it('that is not there, or whose name is unknown, hurts nobody', async () => {
    const source = { status: () => fleet(), logs: () => quiet, backlogs: async () => [] }
    for (const host of ['127.0.0.1', '::1', 'no-such-host.invalid']) {
      await using _teller = startStatsd(source, { host, port: 9, backlog: false, everyMs: 1 })
    }
  })
})
