import { describe, expect, it } from 'vitest'

import { combined, compileFormat } from '../../src/access/format.ts'
import { jsonLine } from '../../src/access/json.ts'
import type { LineOptions } from '../../src/access/line.ts'
import { entryOf, type EntryOptions, textOf } from './entry.ts'

const now = Date.UTC(2026, 10, 25, 4, 34, 41, 123)
const options: LineOptions = {
  worker: 3,
  pid: 4711,
  requestIdHeader: 'x-request-id',
  env: { REGION: 'eu' },
  now: () => now,
}

function line(format: string, entry: EntryOptions = {}): string {
  return textOf(compileFormat(format, options), entryOf(entry))
}

const headers = {
  referer: 'https://example.org/',
  'user-agent': 'curl/8.5',
  authorization: `Basic ${Buffer.from('ann:secret').toString('base64')}`,
  'x-request-id': 'abc-1',
}

/** As the machine's zone has it. */
const when = line('%(t)s')

describe('the combined format', () => {
  it('is the default of Gunicorn', () => {
    expect(line(combined, { headers })).toBe(
      `192.0.2.7 - ann ${when} "GET /search?q=1 HTTP/1.1" 200 5 "https://example.org/" "curl/8.5"`,
    )
    expect(when).toMatch(/^\[\d\d\/Nov\/2026:\d\d:\d\d:41 [+-]\d{4}\]$/)
  })

  it('has a dash for what is not known', () => {
    const unknown = { remoteAddress: undefined, status: undefined, bytes: undefined }
    expect(line(combined, { ...unknown, method: undefined, url: undefined })).toBe(
      `- - - ${when} "-" - - "-" "-"`,
    )
  })
})

describe('the atoms of Gunicorn', () => {
  it.each([
    ['h', '192.0.2.7'],
    ['l', '-'],
    ['u', 'ann'],
    ['t', when],
    ['r', 'GET /search?q=1 HTTP/1.1'],
    ['m', 'GET'],
    ['U', '/search'],
    ['q', 'q=1'],
    ['H', 'HTTP/1.1'],
    ['s', '200'],
    ['b', '5'],
    ['B', '5'],
    ['f', 'https://example.org/'],
    ['a', 'curl/8.5'],
    ['T', '1'],
    ['M', '1234'],
    ['D', '1234567'],
    ['L', '1.234567'],
    ['p', '<4711>'],
    ['{User-Agent}i', 'curl/8.5'],
    ['{Content-Type}o', 'text/plain'],
    ['{REGION}e', 'eu'],
    ['{X-None}i', '-'],
    ['id', 'abc-1'],
    ['outcome', 'answered'],
    ['nonsense', '-'],
    ['toString', '-'],
  ])('%%(%s)s is %s', (atom, text) => {
    const answerHeaders = { 'content-type': 'text/plain' }
    expect(line(`<%(${atom})s>`, { headers, answerHeaders })).toBe(`<${text}>`)
  })

  it('stand between any text, and %% is a percent sign', () => {
    expect(line('100%% of %(m)s: %%(m)s')).toBe('100% of GET: %(m)s')
    expect(line('→ %(m)s')).toBe('→ GET')
  })

  it('decode the path, and escape what comes of it', () => {
    expect(line('%(U)s', { url: '/a%20b%0A%c3%a9%zz?%20' })).toBe(String.raw`/a b\x0a\xc3\xa9%zz`)
    expect(line('%(q)s', { url: '/?a%0A' })).toBe('a%0A')
  })

  it('do not let a user name begin another field', () => {
    const authorization = `Basic ${Buffer.from('a "b]').toString('base64')}`
    expect(line('%(u)s', { headers: { authorization } })).toBe(String.raw`a\x20\"b]`)
  })
})

describe('the status', () => {
  it.each([
    [{ ending: 'aborted', status: undefined }, '499'],
    [{ ending: 'aborted', status: 200 }, '200'],
    [{ ending: 'cut', status: undefined }, '-'],
    [{ ending: 'timed-out', status: 408 }, '408'],
    [{ ending: 'upgraded', status: 101 }, '101'],
  ])('of %j is %s', (entry, status) => {
    expect(line('%(s)s', entry)).toBe(status)
  })
})

describe('json', () => {
  const json = (entry: EntryOptions): unknown =>
    JSON.parse(textOf(jsonLine(options), entryOf(entry)))

  it('has everything under names of its own', () => {
    expect(json({ headers: { ...headers, 'x-forwarded-for': '198.51.100.9' } })).toEqual({
      time: '2026-11-25T04:34:41.123Z',
      remoteAddress: '192.0.2.7',
      user: 'ann',
      method: 'GET',
      url: '/search?q=1',
      protocol: 'HTTP/1.1',
      status: 200,
      bytes: 5,
      durationMs: 1_234.567,
      outcome: 'answered',
      referer: 'https://example.org/',
      userAgent: 'curl/8.5',
      forwardedFor: '198.51.100.9',
      requestId: 'abc-1',
      worker: 3,
      pid: 4711,
    })
  })

  it('leaves out what is not known', () => {
    const unknown = { remoteAddress: undefined, status: undefined, bytes: undefined }
    expect(json({ ...unknown, method: undefined, url: undefined, ending: 'refused' })).toEqual({
      time: '2026-11-25T04:34:41.123Z',
      protocol: 'HTTP/1.1',
      status: null,
      durationMs: 1_234.567,
      outcome: 'refused',
      worker: 3,
      pid: 4711,
    })
  })
})
