import { randomUUID } from 'node:crypto'
import { monitorEventLoopDelay } from 'node:perf_hooks'

import type { Load } from './ask.ts'
import type { Answer } from './answer.ts'
import type { ClientSpec } from './clients.ts'
import { Ledger, type Progress } from './ledger.ts'
import { createReport, type Report } from './report.ts'
import type { LoadRequest } from './request.ts'
import { runClients } from './run-clients.ts'
import type { Target } from './target.ts'

export interface LoadOptions {
  readonly target: Target
  readonly clients: readonly ClientSpec[]
  /** What to ask, or a function of the request's id (`GET /`). The id goes into X-Id by itself. */
  readonly request?: LoadRequest | ((id: string) => LoadRequest)
  /** From the first attempt to connect to the last byte of the answer (4000). */
  readonly timeoutMs?: number
  /** Says what is wrong with an answer that is complete and has a status of 200 to 299. */
  readonly expect?: (answer: Answer, id: string) => string | undefined
  /** How many failures are kept with their circumstances (1000). All are counted. */
  readonly keepFailures?: number
  /** In which header an answer names its worker (x-worker). */
  readonly workerHeader?: string
  /** In which header an answer names the version of the app (x-version). */
  readonly versionHeader?: string
}

/** Load that is being applied. Stopped, when disposed of. */
export interface LoadRun extends AsyncDisposable {
  /** Where the run stands, live. */
  readonly progress: Progress
  /** The clock of the report: ms since the start. */
  nowMs(): number
  /** A snapshot, at any time. */
  report(): Report
  /**
   * Resolves when the condition holds; it is looked at after every request.
   *
   * @throws Error when the run stops before
   */
  until(condition: (progress: Progress) => boolean): Promise<void>
  /**
   * Issues no more requests, waits for those in flight, and closes all connections. Idempotent.
   *
   * @throws unknown what `request` or `expect` threw, which ends the run
   */
  stop(): Promise<Report>
}

/** Starts to ask, with all clients at once, until stopped. */
export function startLoad(options: LoadOptions): LoadRun {
  const startedAt = performance.now()
  const nowMs = (): number => performance.now() - startedAt
  const ledger = createLedger(options, nowMs)
  const stopping = new AbortController()
  const crash: { error?: unknown } = {}
  const load = createLoad(options, { ledger, nowMs, signal: stopping.signal, giveUp })
  let endedMs: number | undefined
  const stalls = monitorEventLoopDelay({ resolution: STALL_RESOLUTION_MS })
  stalls.enable()
  const finished = Promise.all(options.clients.map((spec) => runClients(load, spec))).then(() => {
    endedMs = nowMs()
    stalls.disable()
  })

  function giveUp(error: unknown): void {
    crash.error ??= error
    stopping.abort()
  }

  function report(): Report {
    const durationMs = endedMs ?? nowMs()
    // The histogram's samples include the interval at which they are taken; without any, its max is 0.
    const clientStallMs = Math.max(0, stalls.max / 1e6 - STALL_RESOLUTION_MS)
    return createReport(ledger, { startedAt, durationMs, clientStallMs })
  }

  async function stop(): Promise<Report> {
    stopping.abort()
    await finished
    if ('error' in crash) throw crash.error
    return report()
  }

  return {
    progress: ledger,
    nowMs,
    report,
    until: (condition) => until(ledger, { condition, finished, crash }),
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  }
}

const STALL_RESOLUTION_MS = 10

function createLedger(options: LoadOptions, nowMs: () => number): Ledger {
  const { keepFailures = 1000, workerHeader = 'x-worker', versionHeader = 'x-version' } = options
  // So that two runs against one server do not share ids.
  const prefix = randomUUID().slice(0, 8)
  return new Ledger({ prefix, keepFailures, workerHeader, versionHeader, nowMs })
}

function createLoad(
  { target, timeoutMs = 4000, request = {}, expect = () => undefined }: LoadOptions,
  rest: Pick<Load, 'ledger' | 'nowMs' | 'signal' | 'giveUp'>,
): Load {
  return {
    target,
    timeoutMs,
    request: typeof request === 'function' ? request : () => request,
    expect,
    ...rest,
  }
}

interface Waiting {
  readonly condition: (progress: Progress) => boolean
  readonly finished: Promise<unknown>
  readonly crash: { readonly error?: unknown }
}

function until(ledger: Ledger, { condition, finished, crash }: Waiting): Promise<void> {
  return new Promise((resolve, reject) => {
    const unwatch = ledger.watch(look)
    function look(): void {
      if (!condition(ledger)) return
      unwatch()
      resolve()
    }
    void finished.then(() => {
      unwatch()
      reject(new Error('the run stopped before the condition held', { cause: crash.error }))
    })
    look()
  })
}
