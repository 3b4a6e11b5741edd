import { type Load, tooMuch } from './ask.ts'
import { RequestError } from './outcome.ts'
import type { Kept } from './trip.ts'

/** Looks at a connection before it is used again, as any careful client does; closes it if it cannot or must not be. */
export function reuse(load: Load, kept: Kept, honoursHint: boolean): Kept | undefined {
  const idleMs = load.nowMs() - kept.answeredMs
  const { ending, unreadBytes } = kept.connection
  const promisedMs = kept.promisedIdleMs ?? Infinity
  if (unreadBytes > 0) blame(load, kept)
  else if (ending !== undefined) countClosed(load, idleMs < (kept.promisedIdleMs ?? 0))
  else if (!honoursHint || idleMs < promisedMs) return kept
  void kept.connection.close()
  return undefined
}

/** More bytes came when nothing had been asked: the answer before them was not what it seemed. */
function blame({ ledger }: Load, { connection, last, lastOutcome }: Kept): void {
  if (lastOutcome !== 'ok') return
  const { unreadBytes } = connection
  ledger.revoke(last, new RequestError('wrong-answer', tooMuch(unreadBytes), unreadBytes))
}

function countClosed({ ledger: { connections } }: Load, early: boolean): void {
  connections.closedIdle++
  if (early) connections.closedEarly++
}
