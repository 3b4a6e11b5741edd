import { setTimeout as sleep } from 'node:timers/promises'

import { type ClientSpec, startLoad } from '@nunicorn/torture'

import type { Load, LoadResult } from '../load.ts'

export interface TimedLoad extends Load {
  /** As often as that, however slow the answers are, instead of as often as possible. */
  readonly ratePerSecond?: number
  /** Before the seconds that count, because a client that is cold itself keeps its first requests waiting (0). */
  readonly warmUpSeconds?: number
}

export interface TimedResult extends LoadResult {
  /** From when a request was due to the last byte of its answer: 50, 99 and 99.9 % are faster. */
  readonly percentilesMs: readonly [number, number, number]
}

/** Load of our own client, in this process. */
export async function timeLoad(load: TimedLoad): Promise<TimedResult> {
  await using run = startLoad({
    target: { host: '127.0.0.1', port: load.port },
    request: { path: load.path },
    clients: [clientsOf(load)],
  })
  const warmUpMs = (load.warmUpSeconds ?? 0) * 1_000
  await sleep(warmUpMs + load.seconds * 1_000)
  const { ok: answers, failed: failures, durationMs, percentileMs } = await run.stop()
  if (answers === 0) throw new Error(`none of ${failures} requests was answered`)
  const percentile = (percent: number) => percentileMs(percent, { sentAfterMs: warmUpMs })
  return {
    answers,
    perSecond: answers / (durationMs / 1_000),
    failures,
    percentilesMs: [percentile(50), percentile(99), percentile(99.9)],
  }
}

function clientsOf({ connections, keepAlive, ratePerSecond }: TimedLoad): ClientSpec {
  if (ratePerSecond !== undefined) return { kind: 'fixed-rate', ratePerSecond, connections }
  return {
    kind: keepAlive ? 'keep-alive' : 'connection-per-request',
    concurrency: connections,
  }
}
