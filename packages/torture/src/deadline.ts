/**
 * Calls `expire` after `ms`, unless the returned function is called first. Timers run before sockets are polled: what
 * came in while this process was too busy to look is read first, so that its own slowness does not count as the server's.
 */
export function startDeadline(ms: number, expire: () => void): () => void {
  let last: NodeJS.Immediate | undefined
  const timer = setTimeout(() => {
    last = setImmediate(expire)
  }, ms)
  return () => {
    clearTimeout(timer)
    clearImmediate(last)
  }
}
