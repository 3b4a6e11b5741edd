import { once } from 'node:events'

import type { DrainableServer } from './connections.ts'
import type { DrainReport } from './report.ts'
import { type TrackOptions, trackServer } from './track-server.ts'

/** When a server is drained, and for how long. */
export interface DrainOptions extends TrackOptions {
  /** How long the drain may take before what is left is cut, in milliseconds. */
  readonly deadlineMs: number
  /** Starts the drain when it aborts; without it the drain starts at once. */
  readonly on?: AbortSignal
}

/**
 * Tracks `server` from now on, waits for `on`, and drains the server: it stops accepting, ends what can end without a
 * client noticing, and cuts the rest after `deadlineMs`. To be called before the server accepts.
 *
 * @returns what had to be cut, once the last connection is gone; never rejects
 */
export async function drainServer(
  server: DrainableServer,
  options: DrainOptions,
): Promise<DrainReport> {
  const { deadlineMs, on } = options
  const tracker = trackServer(server, options)
  if (on && !on.aborted) await once(on, 'abort')
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), deadlineMs)
  try {
    return await tracker.drain(deadline.signal)
  } finally {
    clearTimeout(timer)
  }
}
