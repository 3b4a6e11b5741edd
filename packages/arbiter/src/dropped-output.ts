import type { Logger } from '@nunicorn/contract'

const atMostEveryMs = 60_000

interface Losses {
  /** As the last beat said. */
  readonly dropped: number
  readonly warnedAt: number
  /** How many the operator knows of for sure: the warning itself may have been written to the same full disk. */
  readonly told: number
  readonly toldAt: number
}

const none: Losses = {
  dropped: 0,
  warnedAt: Number.NEGATIVE_INFINITY,
  told: 0,
  toldAt: Number.NEGATIVE_INFINITY,
}

/** To be told of each beat, and of each end: its pid may come again. */
export interface DroppedOutputNotice {
  beat(pid: number, dropped: number): void
  forget(pid: number): void
}

/**
 * Says that workers lose output (a full disk, a reader that is gone or stalled), and once more when they no longer do,
 * because then there is room for it to be read; each once a minute for each worker at most.
 */
export function droppedOutputNotice(log: Logger, now: () => number): DroppedOutputNotice {
  const known = new Map<number, Losses>()

  function beat(pid: number, dropped: number): void {
    const before = known.get(pid) ?? none
    if (dropped > before.dropped) {
      const warns = now() - before.warnedAt >= atMostEveryMs
      known.set(pid, { ...before, dropped, ...(warns && { warnedAt: now() }) })
      if (warns) log.warning(losing(pid, dropped))
    } else if (dropped > before.told && now() - before.toldAt >= atMostEveryMs) {
      known.set(pid, { ...before, told: dropped, toldAt: now() })
      log.warning(
        `Worker with pid ${pid} can write its output again; ${dropped} pieces of it were lost`,
      )
    }
  }

  return { beat, forget: (pid) => void known.delete(pid) }
}

function losing(pid: number, dropped: number): string {
  return `Worker with pid ${pid} could not write ${dropped} pieces of output so far: its stdout or stderr is full, stalled or closed`
}
