import type { Draft } from './draft.ts'
import type { State, Worker } from './state.ts'

/** A worker as `rebalance` sees it. */
export interface Holder {
  readonly id: number
  /** Connections that have carried more than one request. */
  readonly kept: number
}

/** A worker may hold this much more than its share: to even out less gains nothing that anybody could measure, */
const tolerance = 1.1
/** and in any case fewer than so many more: the hash of the kernel does not do better. */
const leastExcess = 2
/**
 * What one worker lets go at once. A connection costs as much as four requests, and with TLS more than a hundred: two
 * rounds a second of so many are one part in a hundred of a core, or a quarter of one.
 */
const mostAtOnce = 100

/**
 * How many kept connections each worker shall let go, so that their clients open new ones, which the kernel hashes anew.
 *
 * All of what is too much, within reason: of that, one part in the number of workers comes back. Connections that carry one
 * request each are not counted, as they are hashed anew all the time.
 */
export function rebalance(holders: readonly Holder[]): ReadonlyMap<number, number> {
  const mean = holders.reduce((sum, { kept }) => sum + kept, 0) / Math.max(1, holders.length)
  const crowded = holders.filter(
    ({ kept }) => kept > mean * tolerance && kept - mean >= leastExcess,
  )
  return new Map(crowded.map(({ id, kept }) => [id, Math.min(mostAtOnce, Math.floor(kept - mean))]))
}

/**
 * Decides once after every worker that serves has told its count since the last time: once a beat, and twice as often while
 * there is something to do, because who gets an order, even for none, beats once more soon after. During a reload it would
 * be for nothing: every old worker will let go of all that it holds.
 *
 * What is seen for the first time may be a burst that is over by the next beat. Who lets go of connections for the first
 * time also makes V8 compile anew what it has compiled for connections that stay, in the moment in which it has most to do.
 */
export function shareConnections(draft: Draft): void {
  const { state, now } = draft
  if (state.phase !== 'running' || state.reload !== undefined || !state.rules.rebalance) return
  const holders = state.workers.filter(isHolder)
  if (holders.length < 2 || !holders.every((worker) => isFresh(state, worker))) return
  state.rebalancedAt = now
  const orders = rebalance(holders)
  const lasts = state.crowded
  state.crowded = orders.size > 0
  if (orders.size === 0 || !lasts) return
  for (const { id } of holders)
    draft.effects.push({ type: 'shed-connections', id, count: orders.get(id) ?? 0 })
}

/** Who is suspect or drains gets no connections, and one whose class does not count cannot let any go. */
function isHolder(worker: Worker): worker is Worker & Holder {
  return worker.phase === 'ready' && !worker.suspect && worker.kept !== undefined
}

/** A count from before the last decision does not show what that has done. */
function isFresh({ rebalancedAt }: State, { keptAt }: Worker): boolean {
  return keptAt > rebalancedAt
}
