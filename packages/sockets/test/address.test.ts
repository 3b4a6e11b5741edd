import { NunicornError } from '@nunicorn/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { type Address, addressUrl, formatAddress, parseAddress } from '../src/address.ts'

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 300)

const tcp = (host: string, port: number): Address => ({ type: 'tcp', host, port })
const unix = (path: string): Address => ({ type: 'unix', path })

const addresses: fc.Arbitrary<Address> = fc.oneof(
  fc.record({
    type: fc.constant('tcp' as const),
    host: fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()),
    port: fc.nat(65_535),
  }),
  fc.record({
    type: fc.constant('unix' as const),
    path: fc.string({ minLength: 1, unit: 'grapheme' }).filter((path) => !path.includes('\0')),
  }),
  fc.record({
    type: fc.constant('inherited' as const),
    socket: fc.oneof(fc.nat(999_999_999), fc.stringMatching(/^[a-z][ -9;-~]{0,200}$/)),
  }),
)

describe('parseAddress', () => {
  it.each([
    ['127.0.0.1:8000', tcp('127.0.0.1', 8000)],
    ['127.0.0.1', tcp('127.0.0.1', 8000)],
    ['localhost:0', tcp('localhost', 0)],
    ['my_host.example-1.com:80', tcp('my_host.example-1.com', 80)],
    [':9000', tcp('0.0.0.0', 9000)],
    ['[::]:80', tcp('::', 80)],
    ['[::1]', tcp('::1', 8000)],
    ['[::ffff:10.0.0.1]:80', tcp('::ffff:10.0.0.1', 80)],
    ['[fe80::1%eth0]:80', tcp('fe80::1%eth0', 80)],
    ['unix:/run/app.sock', unix('/run/app.sock')],
    ['unix:///run/app.sock', unix('/run/app.sock')],
    ['unix:app.sock', unix('app.sock')],
    ['unix:/run/a:b c.sock', unix('/run/a:b c.sock')],
    ['fd://3', { type: 'inherited', socket: 3 } as const],
    ['fd://web', { type: 'inherited', socket: 'web' } as const],
    ['fd://hello.socket', { type: 'inherited', socket: 'hello.socket' } as const],
  ])('reads %s', (text, address) => {
    expect(parseAddress(text)).toEqual(address)
  })

  it.each([
    ['', 'not a host name', '127.0.0.1:8000'],
    ['127.0.0.1:65536', 'too high', '65535'],
    ['127.0.0.1:http', 'not a number', 'from 0 to 65535'],
    ['127.0.0.1:', 'not a number', '127.0.0.1:8000'],
    ['127.0.0.1:-1', 'not a number', 'from 0 to 65535'],
    ['8000', 'a number alone', ':8000'],
    ['::1', 'in brackets', '[::1]:8000'],
    ['::1:8000', 'in brackets', '[::1]'],
    ['a:b:c', 'more than one colon', '[::1]:8000'],
    ['[::1', 'more than one colon', '[::1]:8000'],
    ['[]:80', 'not an IPv6 address', '[::1]:8000'],
    ['[1:2]:80', 'not an IPv6 address', '[::1]:8000'],
    ['[::1]x', 'more than one colon', '[::1]:8000'],
    ['256.0.0.1:80', 'not an IPv4 address', '127.0.0.1'],
    ['1.2.3:80', 'not an IPv4 address', '127.0.0.1'],
    ['my host:80', 'not a host name', 'host:port'],
    ['http://127.0.0.1:80', 'is not a URL', 'host:port'],
    ['unix:', 'path is empty', 'unix:/run/app.sock'],
    ['unix://', 'path is empty', 'unix:/run/app.sock'],
    ['unix:/a\0b', 'NUL', 'unix:/run/app.sock'],
    ['fd://', 'no name and no number', 'fd://NAME'],
    ['fd://a:b', 'no name and no number', 'fd://NAME'],
    ['fd://99999999999', 'no name and no number', 'fd://3'],
  ])('refuses "%s" and says how to write it', (text, why, mend) => {
    const error = tryParse(text) as NunicornError
    expect(error).toBeInstanceOf(NunicornError)
    expect(error.code).toBe('bad-address')
    expect(error.message).toContain(`"${text}"`)
    expect(error.message).toContain(why)
    expect(error.hint).toContain(mend)
  })

  it('reads what formatAddress writes', () => {
    fc.assert(
      fc.property(addresses, (address) => {
        expect(parseAddress(formatAddress(address))).toEqual(address)
      }),
    )
  })

  it('takes any text, or says bad-address', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\d.:[\]a-fA-F%x]*$/)), (text) => {
        const read = tryParse(text)
        expect(read instanceof NunicornError ? read.code : tryParse(formatAddress(read))).toEqual(
          read instanceof NunicornError ? 'bad-address' : read,
        )
      }),
    )
  })

  it('takes any mixture of the parts of addresses, or says bad-address and names it', () => {
    const part = fc.constantFrom(
      'unix:',
      '//',
      '/',
      'fd://3',
      '[',
      ']',
      ':',
      '::',
      '%',
      'eth0',
      '.',
      '1',
      '80',
      '65536',
      '127.0.0.1',
      'fe80',
      'ü',
      '\0',
      '\n',
      ' ',
      'http://',
      '\u{10ffff}',
      '\ud800',
      '0x1',
      '-',
    )
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const text = parts.join('')
        const read = tryParse(text)
        if (read instanceof NunicornError) {
          expect(read.code).toBe('bad-address')
          expect(read.message).toContain(`"${text}"`)
        } else expect(tryParse(formatAddress(read))).toEqual(read)
      }),
      { numRuns },
    )
  })

  it.each(['1', '1:', ':', '[', '[::', '%', '[fe80::1%', 'a.', 'unix:', '\u{10ffff}'])(
    'takes no time worth speaking of for 100,000 times %j',
    (part) => {
      const startedAt = performance.now()
      tryParse(part.repeat(100_000))
      tryParse(`[fe80::1${part.repeat(100_000)}!]:80`)
      expect(performance.now() - startedAt).toBeLessThan(1_000)
    },
  )

  it('agrees with the URL standard about what an IPv6 address is', () => {
    const almostV6 = fc.oneof(
      fc.ipV6(),
      fc
        .array(fc.constantFrom('', '0', '1f', 'ffff', 'fffff', 'g', '1.2.3.4', '1.2.3'), {
          maxLength: 10,
        })
        .map((groups) => groups.join(':')),
    )
    fc.assert(
      fc.property(almostV6, (host) => {
        expect(tryParse(`[${host}]:80`) instanceof NunicornError).toBe(
          !URL.canParse(`http://[${host}]:80`),
        )
      }),
      { numRuns: 2000 },
    )
  })
})

describe('addressUrl', () => {
  it.each([
    ['127.0.0.1:8000', 'http://127.0.0.1:8000'],
    ['[::1]:8000', 'http://[::1]:8000'],
    ['unix:/run/app.sock', 'unix:/run/app.sock'],
    ['fd://web', 'fd://web'],
  ])('shows %s as %s', (text, url) => {
    expect(addressUrl(parseAddress(text))).toBe(url)
  })
})

function tryParse(text: string): Address | NunicornError {
  try {
    return parseAddress(text)
  } catch (error) {
    if (error instanceof NunicornError) return error
    throw error
  }
}
