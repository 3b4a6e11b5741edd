/** The process of our own client. Argument: the load as JSON; it prints the result as JSON. */
import { setTimeout as sleep } from 'node:timers/promises'

import { startLoad } from '@nunicorn/torture'

import type { Load, LoadResult } from '../load.ts'

const { port, path, connections, seconds, keepAlive } = JSON.parse(process.argv[2]!) as Load
await using run = startLoad({
  target: { host: '127.0.0.1', port },
  request: { path },
  clients: [
    { kind: keepAlive ? 'keep-alive' : 'connection-per-request', concurrency: connections },
  ],
})
await sleep(seconds * 1_000)
const { ok: answers, failed: failures, durationMs } = await run.stop()
const result: LoadResult = { answers, perSecond: answers / (durationMs / 1_000), failures }
process.stdout.write(JSON.stringify(result))
