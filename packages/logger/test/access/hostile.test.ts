import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { escapeField, escapeJson, escapeText } from '../../src/access/escape.ts'
import { combined, compileFormat } from '../../src/access/format.ts'
import { jsonLine } from '../../src/access/json.ts'
import type { LineOptions } from '../../src/access/line.ts'
import { entryOf, textOf } from './entry.ts'

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 500)
const options: LineOptions = { worker: 1, pid: 1, requestIdHeader: 'x-request-id' }

/** What a client may send to look like another line, or to get at a terminal. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        '\r\n',
        '\n',
        '\u2028',
        '\u0085',
        '"',
        '\\',
        '\\"',
        '\x1b[31m',
        '\x9b2J',
        '\x00',
        '\ud800',
        '\xff\xfe',
        '%(h)s',
        '%0d%0a',
        '127.0.0.1 - - [25/Nov/2026:04:34:41 +0000] "GET / HTTP/1.1" 200 5 "-" "-"',
        '","status":200,"x":"',
      ),
    )
    .map((parts) => parts.join('')),
)
const entries = fc
  .record({
    url: hostile,
    method: hostile,
    remoteAddress: fc.constantFrom('127.0.0.1', undefined),
    referer: hostile,
    agent: hostile,
    user: hostile,
    forwarded: hostile,
  })
  .map(({ referer, agent, user, forwarded, ...entry }) =>
    entryOf({
      ...entry,
      headers: {
        referer,
        'user-agent': agent,
        'x-forwarded-for': forwarded,
        'x-request-id': forwarded,
        authorization: `Basic ${Buffer.from(user).toString('base64')}`,
      },
    }),
  )
const limits = fc.option(fc.integer({ min: 3, max: 60 }), { nil: undefined })

describe('whatever clients send', () => {
  it('a combined line stays one line of its nine fields', () => {
    const line = compileFormat(combined, options)
    const field = String.raw`(?:[^"\\]|\\["\\]|\\x[0-9a-f]{2})*`
    const whole = new RegExp(
      String.raw`^(?:127\.0\.0\.1|-) - [^ ]+ \[[^\]]+\] "${field}" 200 5 "${field}" "${field}"$`,
    )
    fc.assert(
      fc.property(entries, limits, (entry, limit) => {
        const text = textOf(line, entry, limit)
        expect(text).toMatch(/^[ -~]*$/)
        expect(text).toMatch(whole)
      }),
      { numRuns },
    )
  })

  it('a line of any atoms is one line of printable ASCII', () => {
    const atoms = fc.constantFrom('u', 'r', 'm', 'U', 'q', 'f', 'a', 'id', '{x-forwarded-for}i')
    fc.assert(
      fc.property(entries, fc.array(atoms), (entry, names) => {
        const format = names.map((name) => `%(${name})s`).join(' ')
        expect(textOf(compileFormat(format, options), entry)).toMatch(/^[ -~]*$/)
      }),
      { numRuns },
    )
  })

  it('a JSON line is one object, and says of every value what it was', () => {
    const line = jsonLine(options)
    fc.assert(
      fc.property(entries, (entry) => {
        const text = textOf(line, entry)
        expect(text).toMatch(/^[ -~]*$/)
        const { url, method, userAgent, referer, status, worker } = JSON.parse(text)
        expect({ url, method, userAgent, referer }).toEqual({
          url: entry.url,
          method: entry.method,
          userAgent: entry.requestHeader('user-agent'),
          referer: entry.requestHeader('referer'),
        })
        expect({ status, worker }).toEqual({ status: 200, worker: 1 })
      }),
      { numRuns },
    )
  })

  it('a JSON line that is cut is still JSON', () => {
    const line = jsonLine(options)
    fc.assert(
      fc.property(entries, fc.integer({ min: 3, max: 60 }), (entry, limit) => {
        const { url } = JSON.parse(textOf(line, entry, limit)) as { url: string }
        expect(escapeJson(url).length).toBeLessThanOrEqual(limit + 2)
      }),
      { numRuns },
    )
  })

  it('an escaped value is no longer than its limit', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 3, max: 60 }), (value, limit) => {
        expect(escapeText(value, limit).length).toBeLessThanOrEqual(limit)
        expect(escapeField(value)).toMatch(/^[!-~]+$/)
      }),
      { numRuns },
    )
  })
})

describe('escapeText', () => {
  it.each([
    ['plain text', 'plain text'],
    ['"quoted"', String.raw`\"quoted\"`],
    ['\\x0a', String.raw`\\x0a`],
    ['\r\n', String.raw`\x0d\x0a`],
    ['\x1b[31m', String.raw`\x1b[31m`],
    // As Node reads a header of UTF-8 bytes.
    ['\xc3\xa9', String.raw`\xc3\xa9`],
    ['\u20ac', String.raw`\xe2\x82\xac`],
  ])('makes of %j %s', (value, text) => {
    expect(escapeText(value)).toBe(text)
  })
})
