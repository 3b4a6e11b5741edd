import {
  type EventRecord,
  type FleetStatus,
  noAnswers,
  noDurations,
  type WorkerStatus,
} from '@nunicorn/contract'
import type { MethodName } from '@nunicorn/control'

import type { TopClient } from '../../src/index.ts'

/** An instance that answers what a test wants. */
export interface FakeInstance {
  readonly client: TopClient
  /** What was asked of it besides its status, oldest first. */
  readonly asked: readonly { readonly method: MethodName; readonly params: unknown }[]
  status: FleetStatus
  /** Answers by method; what throws is its error. */
  answers: Partial<Record<MethodName, (params: never) => unknown>>
  tell(event: EventRecord): void
  leave(): void
}

export function fakeInstance(workers = 2): FakeInstance {
  const closed = Promise.withResolvers<void>()
  const asked: { readonly method: MethodName; readonly params: unknown }[] = []
  let events = Promise.withResolvers<EventRecord>()

  async function call(method: MethodName, params?: unknown): Promise<unknown> {
    if (method === 'status') {
      fake.status = { ...fake.status, at: fake.status.at + 1_000 }
      return fake.status
    }
    asked.push({ method, params })
    return fake.answers[method]?.(params as never)
  }

  async function* eventsOf(): AsyncGenerator<EventRecord> {
    for (;;) {
      const event = await events.promise
      events = Promise.withResolvers()
      yield event
    }
  }

  const fake: FakeInstance = {
    client: {
      call: (method, ...params) => call(method, params[0]) as never,
      events: eventsOf,
      closed: closed.promise,
    },
    asked,
    status: fakeStatus(workers),
    answers: {},
    tell: (event) => events.resolve(event),
    leave: () => closed.resolve(),
  }
  return fake
}

export function fakeStatus(workers: number): FleetStatus {
  return {
    version: '1.2.3',
    name: 'shop',
    app: 'app.ts',
    pid: 100,
    at: 1_700_000_000_000,
    startedAt: 1_699_999_000_000,
    state: 'serving',
    generation: 2,
    target: workers,
    listeners: ['http://127.0.0.1:8000'],
    workers: Array.from({ length: workers }, (_, index) => fakeWorker(index + 1)),
    totals: {
      requests: 10,
      answers: noAnswers,
      statuses: {},
      durations: noDurations,
      droppedOutput: 0,
      cpuSeconds: 1,
      boots: { count: workers, totalMs: 100, lastMs: 50 },
      ends: {},
      reloads: { finished: 0, refused: 0, failed: 0 },
    },
  }
}

export function fakeWorker(number: number, more: Partial<WorkerStatus> = {}): WorkerStatus {
  return {
    number,
    pid: 1_000 + number,
    generation: 2,
    state: 'ready',
    workerClass: 'http',
    ageMs: 60_000,
    bootMs: 50,
    silentMs: 100,
    serves: [number],
    sample: {
      requests: 100,
      inFlight: 1,
      connections: 3,
      rssBytes: 60 * 2 ** 20,
      heapUsedBytes: 20 * 2 ** 20,
      heapLimitBytes: 4e9,
      utilisation: 0.42,
      loopDelayMs: 1,
      cpuSeconds: 1,
      droppedOutput: 0,
    },
    ...more,
  }
}

export function fakeEvent(sequence: number, message: string): EventRecord {
  return {
    sequence,
    at: 1_700_000_000_000 + sequence,
    type: 'worker-ready',
    level: 'info',
    message,
    worker: { number: 1, pid: 1_001, generation: 2 },
    details: {},
  }
}
