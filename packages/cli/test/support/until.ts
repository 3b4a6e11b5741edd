import { setTimeout as sleep } from 'node:timers/promises'

/** Polls for something that the system does not announce. Rejects after `withinMs` (20 s). */
export async function until<T>(
  look: () => T | Promise<T>,
  { withinMs = 20_000, everyMs = 10 } = {},
): Promise<Exclude<T, false | undefined>> {
  const giveUpAt = performance.now() + withinMs
  for (;;) {
    const found = await look()
    if (found !== false && found !== undefined) return found as Exclude<T, false | undefined>
    if (performance.now() > giveUpAt)
      throw new Error(`still not so after ${withinMs} ms: ${look.toString()}`)
    await sleep(everyMs)
  }
}
