/** Work that outlives the request that started it, and what is to be closed when everything is over. */
export interface Background {
  waitUntil(work: PromiseLike<unknown>): void
  onClose(close: () => unknown): void
  /** Resolves when all work has settled, or when `deadline` aborts; the number of what was left. */
  settle(deadline: AbortSignal): Promise<number>
  /** Runs the close hooks, last registered first; each error goes to `onError`. */
  close(onError: (error: unknown) => void): Promise<void>
}

export function createBackground(): Background {
  const pending = new Set<Promise<unknown>>()
  const hooks: (() => unknown)[] = []
  return {
    waitUntil(work) {
      // A job that fails is the app's business; it must not keep the worker, and it is not unhandled because of us.
      const settled = Promise.resolve(work)
        .then(noop, noop)
        .finally(() => pending.delete(settled))
      pending.add(settled)
    },
    onClose(close) {
      hooks.push(close)
    },
    async settle(deadline) {
      const aborted = new Promise<void>((resolve) => {
        if (deadline.aborted) resolve()
        deadline.addEventListener('abort', () => resolve(), { once: true })
      })
      // Work may register more work, so look again until nothing is left.
      while (pending.size > 0 && !deadline.aborted)
        await Promise.race([Promise.all(pending), aborted])
      return pending.size
    },
    async close(onError) {
      for (let hook = hooks.pop(); hook; hook = hooks.pop()) {
        try {
          await hook()
        } catch (error) {
          onError(error)
        }
      }
    },
  }
}

function noop(): void {}
