import { expect, it } from 'vitest'

import { age, bytes, milliseconds, percent, perSecond } from '../src/index.ts'

it('figures are short, and what is not known is a dash', () => {
  expect([0, 0.51, 42.04, 123.6, 1_234_567, undefined].map(perSecond)).toEqual([
    '0',
    '0.5',
    '42.0',
    '124',
    '1,234,567',
    '–',
  ])
  expect([0.417, 4.17, 41.7, 999, 4_170, 60_000, undefined].map(milliseconds)).toEqual([
    '0.42 ms',
    '4.2 ms',
    '42 ms',
    '999 ms',
    '4.2 s',
    '60 s',
    '–',
  ])
  expect([0, 0.423, undefined].map(percent)).toEqual(['0 %', '42 %', '–'])
  expect([48.4 * 2 ** 20, 1.25 * 2 ** 30, undefined].map(bytes)).toEqual(['48 MB', '1.3 GB', '–'])
  expect([900, 61_000, 7_200_000, 200_000_000].map(age)).toEqual(['0 s', '1 min', '2 h', '2 d'])
})
