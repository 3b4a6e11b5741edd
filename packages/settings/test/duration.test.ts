import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDuration, longestDurationMs, parseDuration } from '../src/duration.ts'

describe('parseDuration', () => {
  it.each([
    [30, 30_000],
    ['30', 30_000],
    [0.5, 500],
    ['1.5s', 1500],
    [1.005, 1005],
    ['500ms', 500],
    ['2m', 120_000],
    ['1h', 3_600_000],
    [0, 0],
  ])('reads %j as %i ms', (written, durationMs) => {
    expect(parseDuration(written)).toBe(durationMs)
  })

  it.each([
    '',
    ' 1',
    '1 s',
    '-1',
    '1d',
    's',
    '.5',
    '1.',
    '1e3',
    'Infinity',
    Number.NaN,
    -1,
    Number.POSITIVE_INFINITY,
  ])('refuses %j', (written) => {
    expect(parseDuration(written)).toBeUndefined()
  })

  it('refuses what is finer than a millisecond instead of rounding it to 0', () => {
    expect(parseDuration('0.0001')).toBeUndefined()
    expect(parseDuration('0.5ms')).toBeUndefined()
  })

  it('refuses what is too long for a timer of Node', () => {
    expect(parseDuration(`${longestDurationMs}ms`)).toBe(longestDurationMs)
    expect(parseDuration(`${longestDurationMs + 1}ms`)).toBeUndefined()
    expect(parseDuration('600h')).toBeUndefined()
  })

  it('reads back what formatDuration wrote', () => {
    const durations = fc.oneof(
      fc.integer({ min: 0, max: longestDurationMs }),
      fc.integer({ min: 0, max: 500 }).map((hours) => hours * 3_600_000),
      fc.integer({ min: 0, max: 30_000 }).map((minutes) => minutes * 60_000),
    )
    fc.assert(fc.property(durations, (ms) => parseDuration(formatDuration(ms)) === ms))
  })

  it('reads a number of seconds as it reads its text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: longestDurationMs }), (ms) => {
        expect(parseDuration(ms / 1000)).toBe(ms)
        expect(parseDuration(String(ms / 1000))).toBe(ms)
      }),
    )
  })
})

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [500, '500ms'],
    [2500, '2.5s'],
    [30_000, '30s'],
    [60_000, '1m'],
    [90_000, '90s'],
    [3_600_000, '1h'],
  ])('writes %i ms as %s', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text)
  })
})
