import { describe, expect, it } from 'vitest'

import { median, pairwise } from '../src/statistics.ts'

describe('median', () => {
  it('is the one in the middle, or the mean of both', () => {
    expect(median([30, 1, 2])).toBe(2)
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(median([7])).toBe(7)
  })

  it('of nothing is not a number', () => {
    expect(median([])).toBeNaN()
  })
})

describe('pairwise', () => {
  it('compares samples that were taken one right after the other', () => {
    // Twice as slow in the second round, both of them; the medians alone would say 0.75.
    expect(
      pairwise('ratio', [
        [100, 50, 75],
        [100, 50, 100],
      ]),
    ).toBe(1)
    expect(
      pairwise('difference', [
        [5, 9],
        [4, 6],
      ]),
    ).toBe(2)
  })

  it('compares nothing with what is missing or incomplete', () => {
    expect(pairwise('ratio', [[1], undefined])).toBeUndefined()
    expect(pairwise('ratio', [[1], []])).toBeUndefined()
    expect(pairwise('ratio', [[1, 2], [1]])).toBeUndefined()
  })
})
