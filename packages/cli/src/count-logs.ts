import type { LeveledLogger, Logger } from '@nunicorn/contract'
import type { LogCounts } from '@nunicorn/metrics/statsd'

/** Passes on what is logged, and counts what may need somebody's attention. */
export function countLogs(log: LeveledLogger): {
  readonly log: LeveledLogger
  counts(): LogCounts
} {
  const counts = { warning: 0, error: 0, critical: 0 }
  const counted =
    (level: keyof LogCounts): Logger['error'] =>
    (message, fields) => {
      counts[level] += 1
      log[level](message, fields)
    }
  return {
    log: {
      get level() {
        return log.level
      },
      set level(level) {
        log.level = level
      },
      debug: (message, fields) => log.debug(message, fields),
      info: (message, fields) => log.info(message, fields),
      warning: counted('warning'),
      error: counted('error'),
      critical: counted('critical'),
    },
    counts: () => ({ ...counts }),
  }
}
