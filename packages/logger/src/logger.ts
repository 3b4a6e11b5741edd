import type { LeveledLogger, LogFields, LogLevel } from '@nunicorn/contract'

import { isLogged } from './level.ts'

/** One entry of the log, not yet a line. */
export interface LogRecord {
  readonly level: LogLevel
  readonly message: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** The process that says it. */
  readonly pid: number
  readonly fields: LogFields
}

/** Makes a line of an entry, line break included. */
export type LogFormat = (record: LogRecord) => string

export interface LoggerOptions {
  /** The least important level that is still written. */
  readonly level: LogLevel
  /** Takes one entry. It must not throw: see {@link guardOutput}. */
  readonly write: (record: LogRecord) => unknown
  /** The process that each entry names, unless its fields have a `pid`: that of the worker which the arbiter writes for. */
  readonly pid: number
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

export function createLogger(options: LoggerOptions): LeveledLogger {
  const { write, pid: ownPid, now = Date.now } = options

  function at(level: LogLevel): (message: string, fields?: LogFields) => void {
    return (message, { pid = ownPid, ...fields } = {}) => {
      if (!isLogged(level, logger.level)) return
      write({ level, message, at: now(), pid: typeof pid === 'number' ? pid : ownPid, fields })
    }
  }

  const logger: LeveledLogger = {
    level: options.level,
    debug: at('debug'),
    info: at('info'),
    warning: at('warning'),
    error: at('error'),
    critical: at('critical'),
  }
  return logger
}
