/** The process of our own client. Argument: the load as JSON; it prints the result as JSON. */
import { setTimeout as sleep } from 'node:timers/promises'

import { type ClientSpec, startLoad } from '@nunicorn/torture'

import type { TimedLoad, TimedResult } from './own-client.ts'

const load = JSON.parse(process.argv[2]!) as TimedLoad
await using run = startLoad({
  target: { host: '127.0.0.1', port: load.port },
  request: { path: load.path },
  clients: [clientsOf(load)],
})
const warmUpMs = (load.warmUpSeconds ?? 0) * 1_000
await sleep(warmUpMs + load.seconds * 1_000)
const { ok: answers, failed: failures, durationMs, percentileMs } = await run.stop()
if (answers === 0) throw new Error(`none of ${failures} requests was answered`)
const result: TimedResult = {
  answers,
  perSecond: answers / (durationMs / 1_000),
  failures,
  percentilesMs: [percentile(50), percentile(99), percentile(99.9)],
}
process.stdout.write(JSON.stringify(result))

function percentile(percent: number): number {
  return percentileMs(percent, { sentAfterMs: warmUpMs })
}

function clientsOf({ connections, keepAlive, ratePerSecond }: TimedLoad): ClientSpec {
  if (ratePerSecond !== undefined) return { kind: 'fixed-rate', ratePerSecond, connections }
  return {
    kind: keepAlive ? 'keep-alive' : 'connection-per-request',
    concurrency: connections,
  }
}
