import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { afterDeath, backOffMs, nextTokenAt, refill } from '../../src/machine/budget.ts'

describe('the back-off', () => {
  it('is nothing the first time, then half a second, doubled up to thirty seconds', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 50].map((failures) => backOffMs(failures, 0.5))).toEqual([
      0, 0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
    ])
  })

  it('is spread by a quarter', () => {
    expect([0, 0.5, 1].map((random) => backOffMs(4, random))).toEqual([1_500, 2_000, 2_500])
  })

  it('is a whole number of milliseconds, however many the failures', () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
        const delay = backOffMs(failures, random)
        expect(Number.isInteger(delay) && delay >= 0 && delay <= 37_500).toBe(true)
      }),
    )
  })
})

describe('the history of a slot', () => {
  const death = { id: 7, young: true, fromOutside: false, random: 0.5, now: 1_000, kind: 'exit 1' }

  it('counts deaths in a row of workers that died young', () => {
    const first = afterDeath(undefined, death)
    expect(first).toEqual({
      failures: 1,
      lastDead: 7,
      notBefore: 1_000,
      charged: true,
      said: ['exit 1'],
    })
    expect(afterDeath(first, death)).toMatchObject({ failures: 2, notBefore: 1_500 })
  })

  it('begins anew after a worker that had lived long', () => {
    expect(
      afterDeath(
        { failures: 5, lastDead: 6, notBefore: 0, charged: false, said: [] },
        { ...death, young: false },
      ),
    ).toMatchObject({
      failures: 0,
      notBefore: 1_000,
      charged: false,
    })
  })

  it('does not blame the code for what somebody outside did', () => {
    expect(
      afterDeath(
        { failures: 2, lastDead: 6, notBefore: 0, charged: false, said: [] },
        { ...death, fromOutside: true },
      ),
    ).toMatchObject({
      failures: 2,
      notBefore: 1_000,
    })
  })
})

describe('the budget', () => {
  it('gains a token in five seconds, up to ten, or to one for each worker', () => {
    expect(refill({ tokens: 0, filledAt: 0 }, { workers: 2, now: 5_000 })).toEqual({
      tokens: 1,
      filledAt: 5_000,
    })
    expect(refill({ tokens: 0, filledAt: 0 }, { workers: 2, now: 3_600_000 }).tokens).toBe(10)
    expect(refill({ tokens: 0, filledAt: 0 }, { workers: 64, now: 3_600_000 }).tokens).toBe(64)
  })

  it('knows when the next whole token is there', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 20, noNaN: true }),
        fc.nat({ max: 1e9 }),
        (tokens, filledAt) => {
          const at = nextTokenAt({ tokens, filledAt })
          expect(
            refill({ tokens, filledAt }, { workers: 1, now: at }).tokens,
          ).toBeGreaterThanOrEqual(1 - 1e-9)
          expect(at - filledAt).toBeLessThanOrEqual(5_000)
        },
      ),
    )
  })
})
