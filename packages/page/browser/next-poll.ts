const everyMs = 1_000
const hiddenMs = 10_000
const longestMs = 15_000

/** How long to wait before the status is asked for again: longer when nobody looks, and longer the longer nobody answers. */
export function nextPollMs({
  failures,
  hidden,
}: {
  readonly failures: number
  readonly hidden: boolean
}): number {
  const patience = Math.min(longestMs, everyMs * 2 ** failures)
  return hidden ? Math.max(hiddenMs, patience) : patience
}
