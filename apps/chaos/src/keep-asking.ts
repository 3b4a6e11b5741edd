import { setTimeout as sleep } from 'node:timers/promises'

/** A question that was put while something else went on. Times are those of `performance.now()`. */
export interface Asked<Answer> {
  readonly atMs: number
  readonly tookMs: number
  /** Undefined when there was none. */
  readonly answer: Answer | undefined
  readonly error: string | undefined
}

/** Stopped, when disposed of. */
export interface Asking<Answer> extends AsyncDisposable {
  /** Asks no more, waits for the last answer, and resolves with all of them. Idempotent. */
  stop(): Promise<readonly Asked<Answer>[]>
}

/** Asks one thing again and again, one time after the other, until it is stopped. */
export function keepAsking<Answer>(
  ask: () => Promise<Answer>,
  { everyMs }: { readonly everyMs: number },
): Asking<Answer> {
  const stopping = new AbortController()
  const asked: Asked<Answer>[] = []

  async function once(): Promise<Asked<Answer>> {
    const atMs = performance.now()
    const [answer, error] = await ask().then(
      (value) => [value, undefined] as const,
      (reason: unknown) => [undefined, String(reason)] as const,
    )
    return { atMs, tookMs: performance.now() - atMs, answer, error }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      asked.push(await once())
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }

  const finished = run()
  async function stop(): Promise<readonly Asked<Answer>[]> {
    stopping.abort()
    await finished
    return asked
  }
  return { stop, [Symbol.asyncDispose]: async () => void (await stop()) }
}

export function slowestMs(asked: readonly Asked<unknown>[]): number {
  return Math.max(0, ...asked.map(({ tookMs }) => tookMs))
}
