import { durationBounds, noDurations } from '@nunicorn/contract'
import { expect, it } from 'vitest'

import { quantileMs } from '../src/index.ts'

const histogram = (filled: Readonly<Record<number, number>>): typeof noDurations => ({
  counts: noDurations.counts.map((_, index) => filled[index] ?? 0),
  sumSeconds: 0,
})

it('a quantile lies within the bucket in which it falls', () => {
  const durations = histogram({ 1: 90, 9: 10 })
  expect(quantileMs(durations, 0.5)).toBeCloseTo(0.5 + (0.5 * 50) / 90)
  expect(quantileMs(durations, 0.95)).toBeCloseTo(250 + 250 / 2)
})

it('beyond the last bound it is that bound', () => {
  expect(quantileMs(histogram({ [durationBounds.length]: 3 }), 0.5)).toBe(60_000)
})

it('of nothing there is none', () => {
  expect(quantileMs(noDurations, 0.99)).toBeUndefined()
})
