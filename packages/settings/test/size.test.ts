import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatSize, parseSize } from '../src/index.ts'

describe('parseSize', () => {
  it.each([
    ['512mb', 512 * 2 ** 20],
    ['512MB', 512 * 2 ** 20],
    ['512m', 512 * 2 ** 20],
    ['1.5gb', 1536 * 2 ** 20],
    ['64kb', 65_536],
    ['1t', 2 ** 40],
    ['1048576', 2 ** 20],
    [1_048_576, 2 ** 20],
    [0, 0],
    ['0', 0],
  ])('reads %j as %i bytes', (written, bytes) => {
    expect(parseSize(written)).toBe(bytes)
  })

  it.each(['', ' 1', '1 mb', '-1', '1b', '1mib', 'mb', '.5mb', '1e9', 'Infinity', Number.NaN, -1])(
    'refuses %j',
    (written) => {
      expect(parseSize(written)).toBeUndefined()
    },
  )

  it('refuses what is too large to be counted', () => {
    expect(parseSize('9000tb')).toBeUndefined()
  })

  it('reads back what formatSize wrote', () => {
    const sizes = fc.oneof(
      fc.maxSafeNat(),
      fc.nat({ max: 5_000 }).map((megabytes) => megabytes * 2 ** 20),
    )
    fc.assert(fc.property(sizes, (bytes) => parseSize(formatSize(bytes)) === bytes))
  })
})

describe('formatSize', () => {
  it.each([
    [0, '0'],
    [1_000, '1000'],
    [65_536, '64kb'],
    [512 * 2 ** 20, '512mb'],
    [1536 * 2 ** 20, '1536mb'],
    [2 ** 31, '2gb'],
  ])('writes %i bytes as %s', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text)
  })
})
