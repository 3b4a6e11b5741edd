/** Waits for `ms` or the abort, whichever is first; then sockets have been polled, so that a FIN which has come is known. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', wake)
      setImmediate(resolve)
    }
    const timer = setTimeout(wake, ms)
    signal.addEventListener('abort', wake)
  })
}

/** After a failure, so that a server which refuses is not asked ten thousand times a second. */
export const PAUSE_AFTER_FAILURE_MS = 10
