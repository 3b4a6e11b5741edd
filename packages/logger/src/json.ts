import { createRequire } from 'node:module'

import type { LogFields } from '@nunicorn/contract'
import type { pino as Pino } from 'pino'

import type { LogFormat } from './logger.ts'

/**
 * One JSON object a line, by pino: `{"level":"info","time":"2026-11-23T20:40:00.000Z","pid":1234,"msg":"..."}` and the
 * fields. pino is loaded when this is called and nowhere else: it costs some 8 MB and 15 ms, which a process that writes no
 * JSON (a worker, an arbiter on a terminal) does not pay, nor one that has something more urgent to do.
 */
export function jsonFormat(): LogFormat {
  // Not imported: that is quicker, and can be done when the process is about to end.
  const { pino } = createRequire(import.meta.url)('pino') as { pino: typeof Pino }
  let time = ''
  let line = ''
  const write = pino(
    {
      level: 'debug',
      customLevels: { debug: 20, info: 30, warning: 40, error: 50, critical: 60 },
      useOnlyCustomLevels: true,
      base: null,
      formatters: { level: (label) => ({ level: label }) },
      timestamp: () => `,"time":"${time}"`,
    },
    { write: (text) => void (line = text) },
  )
  return ({ level, message, at, pid, fields }) => {
    time = new Date(at).toISOString()
    write[level]({ pid, ...withoutOurs(fields) }, message)
    return line
  }
}

const ours = new Set(['level', 'time', 'pid', 'msg'])

/** A field of an app's own must not pass for one of ours: of two members with one name most parsers take the last. */
function withoutOurs(fields: LogFields): LogFields {
  const entries = Object.entries(fields)
  if (!entries.some(([name]) => ours.has(name))) return fields
  return Object.fromEntries(
    entries.map(([name, value]) => [ours.has(name) ? `${name}_` : name, value]),
  )
}
