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
await sleep(load.seconds * 1_000)
const { ok: answers, failed: failures, durationMs, percentileMs } = await run.stop()
const result: TimedResult = {
  answers,
  perSecond: answers / (durationMs / 1_000),
  failures,
  percentilesMs: [percentileMs(50), percentileMs(99), percentileMs(99.9)],
}
process.stdout.write(JSON.stringify(result))

function clientsOf({ connections, keepAlive, ratePerSecond }: TimedLoad): ClientSpec {
  if (ratePerSecond !== undefined) return { kind: 'fixed-rate', ratePerSecond, connections }
  return {
    kind: keepAlive ? 'keep-alive' : 'connection-per-request',
    concurrency: connections,
  }
}
