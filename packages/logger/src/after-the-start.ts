import type { LogRecord } from './logger.ts'

/** Long enough for the first workers to be started, who take longer to boot than pino to load. */
const startMs = 50

/** Takes entries, and writes them later. */
export interface Delayed {
  write(record: LogRecord): void
  /** Writes what has been kept, and from now on at once. */
  settle(): void
}

/**
 * Keeps the first entries for a moment: pino is loaded while the workers boot, not while everybody waits for the arbiter to
 * start them. Whatever ends the process, the entries are written first.
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
