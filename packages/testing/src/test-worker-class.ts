import type { WorkerClass } from '@nunicorn/contract'
import { describe } from 'vitest'

import { bodyCases } from './cases/bodies.ts'
import { classCases } from './cases/class.ts'
import { deadlineCases } from './cases/deadline.ts'
import { drainCases } from './cases/drain.ts'
import { failureCases } from './cases/failures.ts'
import { listenerCases } from './cases/listeners.ts'
import { leavingClientCases } from './cases/leaving-clients.ts'
import { statsCases } from './cases/stats.ts'
import { webSocketCases } from './cases/websocket.ts'
import { startTestWorker, type TestWorker } from './test-worker.ts'

/** What a class may be unable to do, to be declared in `lacks`. */
export type Capability = 'websocket'

export interface ConformanceOptions<App> {
  /**
   * Makes the app that is served; called anew for each case. It answers these requests, and ignores what it is not asked:
   *
   * | Request | Answer |
   * |---|---|
   * | `GET /ok` (and so `HEAD /ok`) | 200, the text `ok` |
   * | `GET /slow?ms=N` | the same as `/ok`, N ms later |
   * | `POST /echo` | 200, the request's body piped back as it comes, with backpressure |
   * | `GET /empty?status=N` | status N (204 or 304), without a body |
   * | `GET /throw` | none: it throws an Error, as a bug of the user would |
   * | WebSocket at `/ws` | each text message is sent back |
   */
  readonly app: () => App | Promise<App>
  /** Makes an app that cannot be started, if there is such a thing: `start()` has to reject. */
  readonly brokenApp?: () => App | Promise<App>
  /** The cases for these are left out. */
  readonly lacks?: readonly Capability[]
}

/** What the cases know of the class under test. */
export interface Suite extends ConformanceOptions<unknown> {
  readonly workerClass: WorkerClass
  /** Starts a fresh app on one free port of 127.0.0.1. */
  start(): Promise<TestWorker>
}

/** A case may move 100 MB on a slow machine; whatever it waits for says so long before. */
const caseTimeoutMs = 60_000

/**
 * Declares the conformance suite for a worker class, in a vitest test file. It passes if and only if the class keeps what
 * `WorkerClass` of `@nunicorn/contract` demands.
 */
export function testWorkerClass<App>(
  workerClass: WorkerClass<App>,
  options: ConformanceOptions<App>,
): void {
  // A class only ever meets the apps that its own test makes.
  const suite = {
    ...options,
    workerClass,
    start: async () => startTestWorker(workerClass, { app: await options.app() }),
  } as Suite
  const { lacks = [] } = options

  describe(`worker class ${workerClass.name}`, { timeout: caseTimeoutMs }, () => {
    classCases(suite)
    listenerCases(suite)
    drainCases(suite)
    deadlineCases(suite)
    failureCases(suite)
    bodyCases(suite)
    leavingClientCases(suite)
    statsCases(suite)
    if (!lacks.includes('websocket')) webSocketCases(suite)
  })
}
