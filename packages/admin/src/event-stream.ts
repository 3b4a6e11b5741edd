import type { ServerResponse } from 'node:http'

import type { AdminSource } from './answers.ts'

/** Keeps proxies and timeouts from taking silence for the end; it is also how often a reader is found to have stalled. */
const heartbeatMs = 5_000
const mostWaitingBytes = 1_048_576
/** How long a browser waits before it asks again (the field `retry`): an instance that restarts is back within that time. */
const returnAfterMs = 2_000

/**
 * Writes events as server-sent events (WHATWG HTML 9.2): first those that are still known, then each as it happens. A reader that
 * takes nothing for two heartbeats, or is too far behind, is let go; it will come back with the number of the last it had.
 */
export function streamEvents(
  response: ServerResponse,
  { events, after }: { readonly events: AdminSource['events']; readonly after: number },
): void {
  let waitedBefore = false
  response.write(`retry: ${returnAfterMs}\n\n`)
  for (const event of events.recent(after)) response.write(formatEvent(event))
  // What had happened already, however much it is, is no sign of a reader that is slow.
  const mostWaiting = response.writableLength + mostWaitingBytes
  const write = (text: string): void => {
    response.write(text)
    if (response.writableLength > mostWaiting) response.destroy()
  }
  const unsubscribe = events.subscribe((event) => write(formatEvent(event)))
  const timer = setInterval(() => {
    const waits = response.writableLength > 0
    if (waits && waitedBefore) return void response.destroy()
    waitedBefore = waits
    write(': still here\n\n')
  }, heartbeatMs).unref()
  response.once('close', () => {
    unsubscribe()
    clearInterval(timer)
  })
}

/** JSON has no line breaks in it. */
function formatEvent(event: { readonly sequence: number }): string {
  return `id: ${event.sequence}\ndata: ${JSON.stringify(event)}\n\n`
}
