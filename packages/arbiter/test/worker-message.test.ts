import { noAnswers, noDurations, type WorkerMessage } from '@nunicorn/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { describeReport } from '../src/describe.ts'
import type { Report } from '../src/machine/index.ts'
import type { ArbiterSettings } from '../src/settings.ts'
import { eventOf } from '../src/worker-events.ts'
import { readWorkerMessage } from '../src/worker-message.ts'

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 300)

const text = fc.string()
const optional = fc.option(text, { nil: undefined })
const count = fc.nat()
const type = fc.constantFrom(
  'ready',
  'boot-failed',
  'beat',
  'retire',
  'ask-socket',
  'drained',
  'log',
  'crashing',
  'answer',
)

const messages: fc.Arbitrary<WorkerMessage> = fc.oneof(
  fc.record({ type: fc.constant('ready' as const), workerClass: text }),
  fc.record({ type: fc.constant('ready' as const), workerClass: text, why: text }),
  fc.record({
    type: fc.constant('boot-failed' as const),
    stage: fc.constantFrom('app-load' as const, 'boot' as const),
    error: fc
      .record({ code: text, message: text, hint: optional, stack: optional })
      .map((error) => JSON.parse(JSON.stringify(error)) as typeof error & { hint: string }),
  }) as fc.Arbitrary<WorkerMessage>,
  fc.record({
    type: fc.constant('beat' as const),
    stats: fc.record(
      {
        requests: count,
        inFlight: count,
        connections: count,
        answers: fc.record({
          '1xx': count,
          '2xx': count,
          '3xx': count,
          '4xx': count,
          '5xx': count,
          aborted: count,
        }),
        statuses: fc.dictionary(fc.integer({ min: 100, max: 999 }).map(String), count),
        durations: fc.record({
          counts: fc.array(count, {
            minLength: noDurations.counts.length,
            maxLength: noDurations.counts.length,
          }),
          sumSeconds: fc.double({ min: 0, max: 1e9, noNaN: true }).map((sum) => sum + 0),
        }),
      },
      { requiredKeys: ['requests', 'inFlight', 'connections'] },
    ),
    process: fc.record({
      rssBytes: count,
      heapUsedBytes: count,
      heapLimitBytes: count,
      utilisation: fc.double({ min: 0, max: 1, noNaN: true }),
      loopDelayMs: count,
      cpuSeconds: count,
    }),
    droppedOutput: count,
  }),
  fc.record({
    type: fc.constant('retire' as const),
    reason: fc.constantFrom('max-requests' as const, 'signal' as const),
  }),
  fc.record({ type: fc.constant('ask-socket' as const), socket: text }),
  fc.record({
    type: fc.constant('log' as const),
    level: fc.constantFrom('debug' as const, 'critical' as const),
    message: text,
    fields: fc.dictionary(text, fc.jsonValue()),
  }),
  fc.record({ type: fc.constant('answer' as const), id: count, result: fc.jsonValue() }),
  fc.record({
    type: fc.constant('crashing' as const),
    error: fc.record({ code: text, message: text }),
    requests: fc.array(
      fc.record({
        method: fc.constantFrom('GET', 'PROPFIND'),
        url: fc.string({ maxLength: 200 }),
        ageMs: count,
      }),
      { maxLength: 20 },
    ),
  }),
  fc.record({
    type: fc.constant('drained' as const),
    cut: fc.array(fc.record({ kind: text, what: text, ageMs: count, bytes: count })),
  }),
)

/** Whatever an app may say with `process.send`, rather often with a type of ours and with members of our names. */
const words = fc.oneof(
  fc.jsonValue(),
  fc.record({ type: fc.oneof(type, fc.jsonValue()) }),
  fc
    .tuple(
      type,
      fc.dictionary(
        fc.constantFrom('workerClass', 'why', 'stage', 'error', 'stats', 'reason', 'cut', 'type'),
        fc.oneof(
          fc.jsonValue(),
          fc.constantFrom('boot', 'signal'),
          fc.record(
            { code: fc.jsonValue(), message: fc.jsonValue(), stack: fc.jsonValue() },
            { requiredKeys: [] },
          ),
          fc.array(
            fc.record(
              { kind: fc.jsonValue(), what: fc.jsonValue(), ageMs: fc.jsonValue() },
              { requiredKeys: [] },
            ),
          ),
        ),
      ),
    )
    .map(([type, fields]) => ({ type, ...fields })),
)

describe('readWorkerMessage', () => {
  it('gives back each message of the protocol as it was sent', () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(readWorkerMessage(message)).toEqual(message)
      }),
      { numRuns },
    )
  })

  it('lets nothing pass that the arbiter cannot bear, whatever the app says', () => {
    fc.assert(
      fc.property(words, (word) => {
        const message = readWorkerMessage(word)
        if (message !== undefined && message !== 'malformed') tell(message)
      }),
      { numRuns },
    )
  })

  it.each([
    null,
    'ready',
    17,
    [],
    {},
    ['ready'],
    { type: 'online' },
    { type: 'toString' },
    { type: '__proto__' },
    { type: ['ready'] },
    { type: { toString: 'ready' } },
  ])('takes %j for words of the app', (word) => {
    expect(readWorkerMessage(word)).toBeUndefined()
  })

  it.each([
    { type: 'ready' },
    { type: 'ready', workerClass: null },
    { type: 'boot-failed', stage: 'boot' },
    { type: 'boot-failed', stage: 'boot', error: { code: 'x' } },
    { type: 'boot-failed', stage: 'later', error: { code: 'x', message: 'y' } },
    { type: 'retire' },
    { type: 'retire', reason: 'age' },
    { type: 'ask-socket', socket: 1 },
    { type: 'log' },
    { type: 'log', level: 'info' },
    { type: 'log', level: 'loud', message: 'hello' },
    { type: 'log', level: 'toString', message: 'hello' },
    { type: 'drained' },
    { type: 'drained', cut: 'all' },
    { type: 'crashing', error: 'all' },
    { type: 'answer', result: 1 },
  ])('says that %j is malformed', (word) => {
    expect(readWorkerMessage(word)).toBe('malformed')
  })

  it('takes a beat for a sign of life, whatever a worker class counts', () => {
    expect(readWorkerMessage({ type: 'beat', stats: { requests: null } })).toEqual({
      type: 'beat',
      stats: { requests: 0, inFlight: 0, connections: 0 },
      droppedOutput: 0,
      process: {
        rssBytes: 0,
        heapUsedBytes: 0,
        heapLimitBytes: 0,
        utilisation: 0,
        loopDelayMs: 0,
        cpuSeconds: 0,
      },
    })
  })

  it('leaves out of a drain report what says nothing', () => {
    const good = { kind: 'request', what: 'GET /', ageMs: 1, bytes: 2 }
    expect(readWorkerMessage({ type: 'drained', cut: [null, good, { what: 1 }] })).toEqual({
      type: 'drained',
      cut: [good],
    })
  })

  it('takes of the requests of one that crashes so many, so long, and what is one', () => {
    const error = { code: 'x', message: 'y' }
    const request = { method: 'M'.repeat(99), url: `/${'x'.repeat(999)}`, ageMs: 1, more: 1 }
    const requests = [null, { method: 'GET' }, ...Array.from({ length: 99 }, () => request)]
    const read = readWorkerMessage({ type: 'crashing', error, requests })
    const short = { method: 'M'.repeat(20), url: `/${'x'.repeat(199)}`, ageMs: 1 }
    expect(read).toEqual({
      type: 'crashing',
      error,
      requests: Array.from({ length: 18 }, () => short),
    })
    expect(readWorkerMessage({ type: 'crashing', error, requests: 'all' })).toEqual({
      type: 'crashing',
      error,
    })
  })

  it("takes the app's metrics of a drain report as they are, if they are a list", () => {
    const drained = { type: 'drained', cut: [] }
    expect(readWorkerMessage({ ...drained, appMetrics: [1] })).toEqual({
      ...drained,
      appMetrics: [1],
    })
    expect(readWorkerMessage({ ...drained, appMetrics: 'many' })).toEqual(drained)
  })
})

/** Does with a message what the arbiter does: makes it an event, and lines of what is reported of it. */
function tell(message: WorkerMessage): void {
  // The fleet deals with these, and tells nobody.
  if (
    message.type === 'ask-socket' ||
    message.type === 'crashing' ||
    message.type === 'answer' ||
    message.type === 'log'
  )
    return
  eventOf(1, message)
  const place = { id: 1, slot: 1 }
  const reports: readonly Report[] =
    message.type === 'drained'
      ? [{ type: 'work-cut', ...place, cut: message.cut }]
      : message.type === 'boot-failed'
        ? [{ type: 'first-boot-failed', cause: { type: 'boot', error: message.error } }]
        : message.type === 'retire'
          ? [{ type: 'worker-retiring', ...place, reason: message.reason }]
          : []
  for (const report of reports) {
    const scene = {
      worker: { pid: 1, generation: 1, workerClass: 'http' },
      settings,
      urls: [],
      moved: false,
    }
    for (const line of describeReport(report, scene)) expect(line.message).not.toContain('[object')
  }
}

const settings: ArbiterSettings = {
  app: 'app.js',
  appArguments: [],
  name: 'shop',
  workerClass: 'http',
  bind: [{ type: 'tcp', host: '127.0.0.1', port: 0 }],
  backlog: 100,
  balance: 'slots',
  rebalance: true,
  workers: 2,
  timeoutMs: 30_000,
  gracefulTimeoutMs: 30_000,
  drainDelayMs: 0,
  bootTimeoutMs: 60_000,
  soakMs: 2_000,
  keepAliveMs: 5_000,
  headerTimeoutMs: 60_000,
  bodyTimeoutMs: 300_000,
  writeTimeoutMs: 60_000,
  requestTimeoutMs: 0,
  workerConnections: 0,
  maxRequests: 0,
  maxRequestsJitter: 0,
  maxMemoryBytes: 0,
  maxMemoryHardBytes: 0,
  logLevel: 'info',
  captureOutput: false,
  env: {},
  directory: '/srv/shop',
}

describe('the count of kept connections', () => {
  it.each([0, 17])('is taken as it is: %j', (kept) => {
    expect(readWorkerMessage({ type: 'beat', stats: { kept } })).toMatchObject({ stats: { kept } })
  })

  it.each([-1, 1.5, Number.NaN, null, '17', undefined])('is none if it is %j', (kept) => {
    expect(readWorkerMessage({ type: 'beat', stats: { kept } })).not.toHaveProperty('stats.kept')
  })
})

describe('counters of a beat that a worker class got wrong', () => {
  it.each([
    { answers: { ...noAnswers, '2xx': -1 } },
    { answers: { ...noAnswers, '2xx': '7' } },
    { answers: { '2xx': 7 } },
    { answers: [] },
    { statuses: { 200: -1 } },
    { statuses: { '200:1|c\nx': 1 } },
    { statuses: 7 },
    { durations: { counts: [1, 2], sumSeconds: 1 } },
    { durations: { ...noDurations, sumSeconds: null } },
    { durations: { ...noDurations, counts: noDurations.counts.map(() => 0.5) } },
    { durations: null },
  ])('are left out: %j', (wrong) => {
    const stats = { requests: 7, inFlight: 0, connections: 0 }
    const message = readWorkerMessage({ type: 'beat', stats: { ...stats, ...wrong } })
    expect((message as { stats: object }).stats).toEqual(stats)
  })
})
