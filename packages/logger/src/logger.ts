import type { Logger } from '@nunicorn/contract'

export type LogLevel = 'debug' | 'info' | 'warning' | 'error' | 'critical'

/** From the most to the least talkative. */
export const logLevels: readonly LogLevel[] = ['debug', 'info', 'warning', 'error', 'critical']

export interface LoggerOptions {
  /** The least important level that is still written. */
  readonly level: LogLevel
  /** Takes one entry, newline included. It must not throw: see {@link guardOutput}. */
  readonly write: (entry: string) => unknown
  /** The process that each line names. */
  readonly pid: number
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

/** A logger whose level can be changed while it is in use. */
export interface LeveledLogger extends Logger {
  level: LogLevel
}

/** Writes lines as Gunicorn does, in local time: `[2026-11-23 20:40:00 +0000] [1234] [INFO] Listening at: ...`. */
export function createLogger(options: LoggerOptions): LeveledLogger {
  const { write, pid, now = Date.now } = options

  function at(level: LogLevel): (message: string) => void {
    return (message) => {
      if (logLevels.indexOf(level) < logLevels.indexOf(logger.level)) return
      write(`[${formatTime(new Date(now()))}] [${pid}] [${level.toUpperCase()}] ${message}\n`)
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

function formatTime(time: Date): string {
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-')
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')
  return `${day} ${clock} ${formatOffset(-time.getTimezoneOffset())}`
}

function formatOffset(minutes: number): string {
  const sign = minutes < 0 ? '-' : '+'
  const size = Math.abs(minutes)
  return `${sign}${two(Math.floor(size / 60))}${two(size % 60)}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
