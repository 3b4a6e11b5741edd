import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Logger } from '@nunicorn/contract'
import { afterEach, describe, expect, it, vi } from 'vitest'

import {
  type AccessLogOptions,
  openAccessLog,
  type OpenAccessLog,
} from '../../src/access/open-access-log.ts'
import { entryOf } from './entry.ts'

function scene(): Disposable & {
  readonly path: string
  readonly said: string[]
  open(more?: Partial<AccessLogOptions>): OpenAccessLog
} {
  const directory = mkdtempSync(join(tmpdir(), 'access-'))
  const path = join(directory, 'access.log')
  const said: string[] = []
  const say = (message: string): void => void said.push(message)
  const log: Logger = { debug: say, info: say, warning: say, error: say, critical: say }
  const before = process.listeners('exit')
  return {
    path,
    said,
    open: (more = {}) =>
      openAccessLog({ file: path, format: '%(r)s', trusted: [], worker: 1, log, ...more }),
    [Symbol.dispose]() {
      for (const listener of process.listeners('exit'))
        if (!before.includes(listener)) process.off('exit', listener)
      rmSync(directory, { recursive: true })
    },
  }
}

const requestLine = 'GET /search?q=1 HTTP/1.1\n'

afterEach(() => void vi.useRealTimers())

describe('an access log', () => {
  it('is written a fifth of a second later, or when it is flushed', () => {
    vi.useFakeTimers()
    using place = scene()
    const log = place.open()
    log.ended(entryOf())
    expect(readFileSync(place.path, 'utf8')).toBe('')
    vi.advanceTimersByTime(200)
    expect(readFileSync(place.path, 'utf8')).toBe(requestLine)
    log.ended(entryOf())
    log.flush()
    expect(readFileSync(place.path, 'utf8')).toBe(requestLine.repeat(2))
  })

  it('is written as soon as much has come together', () => {
    using place = scene()
    const log = place.open()
    for (let count = 0; count < 2_000; count += 1) log.ended(entryOf())
    expect(readFileSync(place.path, 'utf8').length).toBeGreaterThan(32_000)
    log.flush()
    expect(readFileSync(place.path, 'utf8')).toBe(requestLine.repeat(2_000))
  })

  it('opened anew goes on in the new file, and what waited is in the old one', () => {
    using place = scene()
    const log = place.open()
    log.ended(entryOf())
    renameSync(place.path, `${place.path}.1`)
    log.reopen()
    log.ended(entryOf({ url: '/later' }))
    log.flush()
    expect(readFileSync(`${place.path}.1`, 'utf8')).toBe(requestLine)
    expect(readFileSync(place.path, 'utf8')).toBe('GET /later HTTP/1.1\n')
  })

  it('on a full disk drops lines, counts them, and says so once', () => {
    using place = scene()
    const log = place.open({ file: '/dev/full' })
    for (let count = 0; count < 5; count += 1) {
      log.ended(entryOf())
      log.ended(entryOf())
      log.flush()
    }
    expect(log.dropped).toBe(10)
    expect(place.said).toEqual([expect.stringContaining('/dev/full cannot be written: ENOSPC')])
  })

  it('says why it cannot be opened', () => {
    using place = scene()
    expect(() => place.open({ file: `${place.path}/none` })).toThrow('ENOENT')
  })

  it('on stdout writes whole lines of together no more than a pipe takes at once', () => {
    using place = scene()
    const written: string[] = []
    const log = place.open({ file: '-', stdout: { write: (text) => written.push(text) } })
    for (let count = 0; count < 1_000; count += 1)
      log.ended(entryOf({ url: `/${'x'.repeat(count)}` }))
    log.flush()
    expect(written.join('').split('\n')).toHaveLength(1_001)
    expect(written.filter((text) => text.length > 4_096 || !text.endsWith('\n'))).toEqual([])
    // Close to as few writes as can be.
    expect(written.length).toBeLessThan(1.5 * Math.ceil(written.join('').length / 4_096))
  })

  it('cuts the values of a line that a pipe would not take at once', () => {
    using place = scene()
    const huge = '\n'.repeat(16_000)
    const headers = { 'user-agent': huge, referer: huge, 'x-forwarded-for': huge }
    for (const format of ['combined', 'json', '%({x-forwarded-for}i)s %(a)s %(f)s']) {
      const log = place.open({ format })
      log.ended(entryOf({ url: huge, headers }))
      log.flush()
    }
    const lines = readFileSync(place.path, 'utf8').trimEnd().split('\n')
    expect(lines).toHaveLength(3)
    for (const line of lines) expect(line.length).toBeLessThan(4_096)
    for (const line of lines) expect(line).toContain('...')
  })

  it('makes request ids only where it is told the header', () => {
    using place = scene()
    const headers: Record<string, string> = {}
    place.open().begun({ headers, remoteAddress: '192.0.2.1' })
    expect(headers).toEqual({})
    place.open({ requestIdHeader: 'X-Trace' }).begun({ headers, remoteAddress: '192.0.2.1' })
    expect(Object.keys(headers)).toEqual(['x-trace'])
  })
})
