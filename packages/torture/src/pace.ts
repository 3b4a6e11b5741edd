import type { Load } from './ask.ts'
import { pause } from './pause.ts'

/** Calls at each due time, evenly spaced from now on, until the load stops; those it was late for at once. */
export async function atRate(
  { nowMs, signal }: Pick<Load, 'nowMs' | 'signal'>,
  ratePerSecond: number,
  onDue: (dueMs: number, turn: number) => void,
): Promise<void> {
  const startedMs = nowMs()
  for (let turn = 0; !signal.aborted; turn++) {
    const dueMs = startedMs + (turn * 1000) / ratePerSecond
    while (nowMs() < dueMs && !signal.aborted) await pause(dueMs - nowMs(), signal)
    if (signal.aborted) break
    onDue(dueMs, turn)
  }
}
