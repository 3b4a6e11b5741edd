import type { LogLevel } from '@nunicorn/contract'

import type { LogFormat, LogRecord } from './logger.ts'

/**
 * Lines as Gunicorn writes them, in local time: `[2026-11-23 20:40:00 +0000] [1234] [INFO] Listening at: ...`. Messages are
 * whole sentences, so the fields are left to the JSON.
 */
export function prettyFormat({ color = false }: { readonly color?: boolean } = {}): LogFormat {
  return (record) => {
    const { level, at, pid } = record
    const name = level.toUpperCase()
    const shown = color ? `\u001b[${colors[level]}m${name}\u001b[39m` : name
    return `[${formatTime(new Date(at))}] [${pid}] [${shown}] ${wordsOf(record)}\n`
  }
}

/** Of what a worker has printed itself, which is no sentence of ours, the words alone do not say who said it. */
export function wordsOf({ message, fields: { stream, worker } }: LogRecord): string {
  if (typeof stream !== 'string' || typeof worker !== 'object' || worker === null) return message
  const number = 'number' in worker ? String(worker.number) : '?'
  return `Worker ${number} ${stream}: ${message}`
}

/** ECMA-48, 8.3.117: grey, green, yellow, red, magenta. */
const colors: Readonly<Record<LogLevel, number>> = {
  debug: 90,
  info: 32,
  warning: 33,
  error: 31,
  critical: 35,
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
