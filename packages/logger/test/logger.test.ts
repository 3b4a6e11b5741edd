import { afterEach, describe, expect, it, vi } from 'vitest'
import fc from 'fast-check'

import {
  createLogger,
  logLevels,
  type LogLevel,
  type LogRecord,
  prettyFormat,
} from '../src/index.ts'
import { jsonFormat } from '../src/json.ts'

function collect(level: LogLevel): {
  readonly log: ReturnType<typeof createLogger>
  readonly records: LogRecord[]
} {
  const records: LogRecord[] = []
  const write = (record: LogRecord): void => void records.push(record)
  return { log: createLogger({ level, pid: 1234, now: () => 0, write }), records }
}

function recordOf(given: Partial<LogRecord>): LogRecord {
  return { level: 'info', message: 'hello', at: 0, pid: 1234, fields: {}, ...given }
}

describe('createLogger', () => {
  it.each(logLevels)('writes nothing that is less important than %s', (level) => {
    const { log, records } = collect(level)
    for (const each of logLevels) log[each](each)
    expect(records.map((record) => record.level)).toEqual(logLevels.slice(logLevels.indexOf(level)))
  })

  it('obeys a change of its level', () => {
    const { log, records } = collect('error')
    log.debug('not yet')
    log.level = 'debug'
    log.debug('now')
    expect(records).toHaveLength(1)
  })

  it('names its own process, or the one for which it writes', () => {
    const { log, records } = collect('info')
    log.info('own')
    log.info('of a worker', { pid: 99, slot: 3 })
    log.info('of nobody', { pid: 'forged' })
    expect(records.map(({ pid, fields }) => ({ pid, fields }))).toEqual([
      { pid: 1234, fields: {} },
      { pid: 99, fields: { slot: 3 } },
      { pid: 1234, fields: {} },
    ])
  })
})

describe('prettyFormat', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  it.each([
    ['UTC', '2026-11-23 20:40:00 +0000'],
    ['Asia/Kolkata', '2026-11-24 02:10:00 +0530'],
    ['America/St_Johns', '2026-11-23 17:10:00 -0330'],
  ])('writes lines as Gunicorn does, in the local time of %s', (zone, time) => {
    vi.stubEnv('TZ', zone)
    const record = recordOf({ message: 'Listening', at: Date.UTC(2026, 10, 23, 20, 40) })
    expect(prettyFormat()(record)).toBe(`[${time}] [1234] [INFO] Listening\n`)
  })

  it('writes times that can be read back', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date('9000-01-01'), noInvalidDate: true }),
        (date) => {
          const line = prettyFormat()(recordOf({ at: date.getTime() }))
          const [, day, clock, offset = ''] = /^\[(\S+) (\S+) (\S+)\]/.exec(line) ?? []
          const back = Date.parse(`${day}T${clock}${offset.slice(0, 3)}:${offset.slice(3)}`)
          expect(back).toBe(Math.floor(date.getTime() / 1000) * 1000)
        },
      ),
    )
  })

  it('colours the level alone', () => {
    const line = prettyFormat({ color: true })(recordOf({ level: 'error' }))
    expect(line).toContain('] [\u001B[31mERROR\u001B[39m] hello\n')
  })

  it('says who has printed what was captured', () => {
    const fields = { stream: 'stderr', worker: { number: 2, pid: 1234, generation: 1 } }
    expect(prettyFormat()(recordOf({ fields }))).toMatch(/\[INFO\] Worker 2 stderr: hello\n$/)
  })
})

describe('jsonFormat', () => {
  it("is pino's, with the time as text and the level as a word", () => {
    const format = jsonFormat()
    for (const level of logLevels) {
      const line = format(recordOf({ level, at: Date.UTC(2026, 10, 23), fields: { slot: 2 } }))
      expect(line).toBe(
        `{"level":"${level}","time":"2026-11-23T00:00:00.000Z","pid":1234,"slot":2,"msg":"hello"}\n`,
      )
    }
  })

  it('is one line that can be read, whatever is in it', () => {
    const format = jsonFormat()
    const anything = fc.dictionary(fc.string(), fc.anything({ withBigInt: true, withDate: true }))
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), anything, (message, fields) => {
        const line = format(recordOf({ message, fields }))
        expect(line.indexOf('\n')).toBe(line.length - 1)
        const { level, time, pid, msg } = JSON.parse(line) as Record<string, unknown>
        expect({ level, time, pid }).toEqual({
          level: 'info',
          time: '1970-01-01T00:00:00.000Z',
          pid: 1234,
        })
        expect(msg).toBe(JSON.parse(JSON.stringify(message)))
      }),
    )
  })

  it('bears an object that contains itself', () => {
    const itself: Record<string, unknown> = {}
    itself['itself'] = itself
    const format = jsonFormat()
    expect(format(recordOf({ fields: { itself } }))).toContain('"itself":"[Circular]"')
  })

  it('lets no field pass for one of its own', () => {
    const format = jsonFormat()
    const fields = { level: 'critical', time: 1, msg: 'forged' }
    expect(JSON.parse(format(recordOf({ fields })))).toMatchObject({
      level: 'info',
      msg: 'hello',
      level_: 'critical',
      msg_: 'forged',
    })
  })
})
