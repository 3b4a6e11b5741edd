import type { Logger } from '@nunicorn/contract'

const atMostEveryMs = 60_000

/** Says that workers lose output (a full disk, a reader that is gone or stalled), once a minute for each at most. */
export function droppedOutputNotice(
  log: Logger,
  now: () => number,
): (pid: number, dropped: number) => void {
  const said = new Map<number, { readonly dropped: number; readonly at: number }>()
  return (pid, dropped) => {
    const last = said.get(pid) ?? { dropped: 0, at: Number.NEGATIVE_INFINITY }
    if (dropped <= last.dropped || now() - last.at < atMostEveryMs) return
    said.set(pid, { dropped, at: now() })
    log.warning(
      `Worker with pid ${pid} could not write ${dropped} pieces of output so far: its stdout or stderr is full, stalled or closed`,
    )
  }
}
