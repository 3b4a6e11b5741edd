import { describe, expect, it } from 'vitest'

import { areaPath, linePath, ticks } from '../browser/scale.ts'

describe('the lines of a grid', () => {
  it('are few, at round numbers, and reach over the highest value', () => {
    expect(ticks(1)).toEqual([0, 0.5, 1])
    expect(ticks(7)).toEqual([0, 5, 10])
    expect(ticks(833)).toEqual([0, 500, 1_000])
    expect(ticks(560)).toEqual([0, 200, 400, 600])
  })

  it('are powers of two where bytes are counted', () => {
    const mebibyte = 2 ** 20
    expect(ticks(99 * mebibyte, { base: 2 })).toEqual([0, 64 * mebibyte, 128 * mebibyte])
  })

  it('is the one at zero where there is nothing', () => {
    expect(ticks(0)).toEqual([0])
    expect(ticks(Number.NaN)).toEqual([0])
  })
})

describe('a line', () => {
  const spots = [{ x: 0, y: 1 }, { x: 10, y: 2.04 }, undefined, { x: 20, y: 3 }, { x: 90, y: 4 }]

  it('has gaps where a value is missing and where nobody looked, and shows a lone value', () => {
    expect(linePath(spots, 50)).toBe('M0 1L10 2M20 3h0M90 4h0')
  })

  it('covers the area below each of its pieces', () => {
    expect(areaPath(spots, { longestStep: 50, bottom: 100 })).toBe('M0 100L0 1L10 2L10 100Z')
  })

  it('is nothing where nothing is known', () => {
    expect(linePath([undefined, undefined], 50)).toBe('')
    expect(areaPath([], { longestStep: 50, bottom: 100 })).toBe('')
  })
})
