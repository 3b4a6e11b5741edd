import type { WorkerContext } from '@nunicorn/contract'
import type { ServerTracker } from '@nunicorn/shutdown'

import { createAnswerDeadline } from './answer-deadline.ts'
import { createWriteTimeout } from './write-timeout.ts'

/** Looks at the connections of that moment. */
export type Sweep = (connections: ReturnType<ServerTracker['http1']>, now: number) => void

/** One look at all connections instead of a timer for each request: nothing is late by more than this. */
const sweepMs = 1_000
/** Of what happens to many clients at once. */
const mostLines = 10

/** Begins to end what takes longer than the settings allow, if they do not allow everything. */
export function startSweeps(tracker: ServerTracker, context: WorkerContext): { stop(): void } {
  const { settings, log } = context
  const { writeTimeoutMs, requestTimeoutMs } = settings
  const lines: string[] = []
  const note = (line: string): unknown => lines.push(line)
  const sweeps: Sweep[] = []
  if (writeTimeoutMs > 0) sweeps.push(createWriteTimeout(writeTimeoutMs, note))
  if (requestTimeoutMs > 0) sweeps.push(createAnswerDeadline(requestTimeoutMs, note))

  function sweepAll(): void {
    for (const sweep of sweeps) sweep(tracker.http1(), performance.now())
    for (const line of lines.slice(0, mostLines)) log.warning(line)
    if (lines.length > mostLines) log.warning(`And ${lines.length - mostLines} more like this.`)
    lines.length = 0
  }

  const timer = sweeps.length > 0 ? setInterval(sweepAll, sweepMs).unref() : undefined
  return { stop: () => clearInterval(timer) }
}
