import type { LogRecord } from './logger.ts'

/** An app that has not booted by then is a slow one, to which it makes no difference. */
const startMs = 250

/** Takes entries, and writes them later. */
export interface Delayed {
  write(record: LogRecord): void
  /** Writes what has been kept, and from now on at once. */
  settle(): void
}

/**
 * Keeps the first entries until somebody says that the start is over, or for a moment: while the first worker boots, pino
 * would take the CPU from it. Whatever ends the process, the entries are written first.
 */
export function afterTheStart(write: (record: LogRecord) => void): Delayed {
  let waiting: LogRecord[] | undefined
  let settled = false
  let timer: NodeJS.Timeout | undefined

  function settle(): void {
    if (settled) return
    settled = true
    clearTimeout(timer)
    process.off('exit', settle)
    for (const record of waiting ?? []) write(record)
  }

  return {
    write(record) {
      if (settled) return write(record)
      if (waiting === undefined) {
        waiting = []
        timer = setTimeout(settle, startMs)
        process.on('exit', settle)
      }
      waiting.push(record)
    },
    settle,
  }
}
