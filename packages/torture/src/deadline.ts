/**
 * Calls `expire` after `ms`, unless the returned function is called first. Timers run before sockets are polled: what
 * came in while this process was too busy to look is read first, so that its own slowness does not count as the server's.
 * Never, if `ms` is longer than a timer can be (24.8 days).
 */
export function startDeadline(ms: number, expire: () => void): () => void {
  if (ms > LONGEST_MS) return () => {}
  let last: NodeJS.Immediate | undefined
  const timer = setTimeout(() => {
    last = setImmediate(expire)
  }, ms)
  return () => {
    clearTimeout(timer)
    clearImmediate(last)
  }
}

/** A timer of Node that is set for longer fires at once. */
const LONGEST_MS = 2 ** 31 - 1
