import type { LogLevel } from '@nunicorn/contract'

/** From the most to the least talkative. */
export const logLevels: readonly LogLevel[] = ['debug', 'info', 'warning', 'error', 'critical']

/** Whether an entry of this level is to be written where `least` is the least important one that is. */
export function isLogged(level: LogLevel, least: LogLevel): boolean {
  return logLevels.indexOf(level) >= logLevels.indexOf(least)
}
