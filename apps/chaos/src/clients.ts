import type { ClientSpec, LoadRequest } from '@nunicorn/torture'

/** A: a new connection for each request, 64 in flight. */
export const clientA: ClientSpec = { kind: 'connection-per-request', concurrency: 64 }

/** B: 50 connections that are kept, with pauses for thought. One that ignores the hint may pause longer than was promised. */
export const clientB = (honoursKeepAliveHint = true): ClientSpec => ({
  kind: 'keep-alive',
  concurrency: 50,
  thinkMs: [5, 50, 300, 1_500],
  honoursKeepAliveHint,
})

/** C: open loop, new connections, waits counted from when each was due. */
export const clientC = (ratePerSecond = 250): ClientSpec => ({ kind: 'open-loop', ratePerSecond })

/** What a test of loss asks: a POST with an id of its own. */
export const post = (id: string): LoadRequest => ({ method: 'POST', path: '/ok', body: id })
