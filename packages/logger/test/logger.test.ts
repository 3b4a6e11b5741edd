import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { createLogger, type LogLevel, logLevels } from '../src/index.ts'

function collect(
  level: LogLevel,
  nowMs = 0,
): { readonly log: ReturnType<typeof createLogger>; readonly entries: string[] } {
  const entries: string[] = []
  const log = createLogger({
    level,
    pid: 1234,
    now: () => nowMs,
    write: (entry) => entries.push(entry),
  })
  return { log, entries }
}

describe('createLogger', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  it.each([
    ['UTC', '2026-11-23 20:40:00 +0000'],
    ['Asia/Kolkata', '2026-11-24 02:10:00 +0530'],
    ['America/St_Johns', '2026-11-23 17:10:00 -0330'],
  ])('writes lines as Gunicorn does, in the local time of %s', (zone, time) => {
    vi.stubEnv('TZ', zone)
    const { log, entries } = collect('info', Date.UTC(2026, 10, 23, 20, 40))
    log.info('Listening at: http://127.0.0.1:8000')
    expect(entries).toEqual([`[${time}] [1234] [INFO] Listening at: http://127.0.0.1:8000\n`])
  })

  it('writes times that can be read back', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date('9000-01-01'), noInvalidDate: true }),
        (date) => {
          const { log, entries } = collect('info', date.getTime())
          log.info('')
          const [, day, clock, offset = ''] = /^\[(\S+) (\S+) (\S+)\]/.exec(entries[0] ?? '') ?? []
          const back = Date.parse(`${day}T${clock}${offset.slice(0, 3)}:${offset.slice(3)}`)
          expect(back).toBe(Math.floor(date.getTime() / 1000) * 1000)
        },
      ),
    )
  })

  it.each(logLevels)('writes nothing that is less important than %s', (level) => {
    const { log, entries } = collect(level)
    for (const each of logLevels) log[each](each)
    expect(entries.map((entry) => entry.trimEnd().split(' ').at(-1))).toEqual(
      logLevels.slice(logLevels.indexOf(level)),
    )
  })

  it('obeys a change of its level', () => {
    const { log, entries } = collect('error')
    log.debug('not yet')
    log.level = 'debug'
    log.debug('now')
    expect(entries).toHaveLength(1)
  })
})
