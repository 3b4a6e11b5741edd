import { setTimeout as sleep } from 'node:timers/promises'

interface Patience {
  readonly withinMs?: number
  readonly everyMs?: number
}

/** Polls for what the system does not announce. Resolves with whether it became so within `withinMs` (20 s). */
export async function until(
  look: () => boolean | Promise<boolean>,
  { withinMs = 20_000, everyMs = 10 }: Patience = {},
): Promise<boolean> {
  const giveUpAt = performance.now() + withinMs
  for (;;) {
    if (await look()) return true
    if (performance.now() > giveUpAt) return false
    await sleep(everyMs)
  }
}
