import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { setImmediate } from 'node:timers/promises'

import { durationBounds } from '@nunicorn/contract'
import { startTestWorker } from '@nunicorn/testing'
import { expect, it } from 'vitest'

import { httpClass } from '../src/index.ts'
import { createMeter } from '../src/meter.ts'
import { ask, openSocket } from './ask.ts'

const none = { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0, aborted: 0 }

it('stats count answers by their status and by its first digit, and what ended without an answer', async () => {
  const app: RequestListener = (request, response) => {
    const status = Number(request.url?.slice(1))
    if (status > 0) response.writeHead(status).end()
  }
  await using worker = await startTestWorker(httpClass, { app })
  for (const status of [200, 204, 302, 404, 404, 503])
    await ask(worker, [`GET /${status} HTTP/1.1`])
  const leaving = await openSocket(worker)
  leaving.write('GET /none HTTP/1.1\r\nHost: test\r\n\r\n')
  await until(() => worker.stats()?.inFlight === 1)
  leaving.destroy()
  const rude = await openSocket(worker)
  rude.resume().write('no HTTP\r\n\r\n')
  await once(rude, 'close')
  await until(() => worker.stats()?.connections === 0)
  const { answers, statuses, durations } = worker.stats()!
  expect(answers).toEqual({ ...none, '2xx': 2, '3xx': 1, '4xx': 3, '5xx': 1, aborted: 1 })
  // The 400 is what Node has told who was no HTTP.
  expect(statuses).toEqual({ 200: 1, 204: 1, 302: 1, 400: 1, 404: 2, 503: 1 })
  // Neither the aborted one nor what was no request took any time to answer.
  expect(durations!.counts.reduce((sum, count) => sum + count)).toBe(6)
  expect(durations!.sumSeconds).toBeGreaterThan(0)
})

it('the 503 of request-timeout and the 408 of body-timeout are answers, with the time they took', async () => {
  const settings = { requestTimeoutMs: 200 }
  await using worker = await startTestWorker(httpClass, { app: () => {}, settings })
  expect(await ask(worker, ['GET / HTTP/1.1'])).toContain('503')
  await until(() => worker.stats()?.connections === 0)
  expect(worker.stats()).toMatchObject({ answers: { ...none, '5xx': 1 } })
  expect(worker.stats()!.durations!.sumSeconds).toBeGreaterThan(0.2)
})

it('puts every duration into the bucket of the smallest bound that is no less', () => {
  const meter = createMeter()
  const took = (ms: number): void =>
    meter.count({
      ending: 'answered',
      status: 200,
      method: 'GET',
      startedAt: 0,
      endedAt: ms,
    } as never)
  for (const bound of durationBounds) {
    took(bound * 1_000)
    took(bound * 1_000 + 0.01)
  }
  const { counts } = meter.read().durations
  // Each bound itself, and what was just over the bound before.
  expect(counts).toEqual(durationBounds.map((_, index) => (index === 0 ? 1 : 2)).concat(1))
})

it('counts an upgrade when it ends, with no duration, and the refused, cut and stalled as they are', () => {
  const meter = createMeter()
  const end = (ending: string, status?: number, method: string | undefined = 'GET'): void =>
    meter.count({ ending, status, method, startedAt: 0, endedAt: 1 } as never)
  end('upgraded', 101)
  end('refused', 400)
  end('refused')
  end('cut', 200)
  end('stalled', 200)
  end('torn')
  end('timed-out', 200)
  const { answers, durations } = meter.read()
  expect(answers).toEqual({ ...none, '1xx': 1, '4xx': 1, aborted: 5 })
  expect(durations.counts.reduce((sum, count) => sum + count)).toBe(1)
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setImmediate()
}
