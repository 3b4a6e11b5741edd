import type { Load } from './ask.ts'
import type { Outcome } from './outcome.ts'
import { PAUSE_AFTER_FAILURE_MS, pause } from './pause.ts'

/** A client without memory: does the same until the run is stopped. */
export async function again({ signal }: Load, once: () => Promise<Outcome>): Promise<void> {
  while (!signal.aborted) {
    if ((await once()) !== 'ok') await pause(PAUSE_AFTER_FAILURE_MS, signal)
  }
}
