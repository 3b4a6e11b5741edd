import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { assign, type Assignable } from '../../src/machine/index.ts'

describe('assign', () => {
  it('gives each slot to its own worker and to the next one in the ring', () => {
    expect(shares(3, ready(1), ready(2), ready(3))).toEqual({ 1: [1, 3], 2: [1, 2], 3: [2, 3] })
  })

  it('gives all slots to a worker that is alone', () => {
    expect(shares(3, ready(2))).toEqual({ 2: [1, 2, 3] })
  })

  it('has the two next ones serve a slot that has no worker', () => {
    expect(shares(4, ready(1), ready(3), ready(4))).toEqual({
      1: [1, 4],
      3: [1, 2, 3],
      4: [2, 3, 4],
    })
  })

  it('takes the slots from a suspect, as long as anybody else is ready', () => {
    expect(shares(2, ready(1), { ...ready(2), state: 'suspect' })).toEqual({ 1: [1, 2], 2: [] })
    expect(shares(2, { ...ready(1), state: 'suspect' }, { ...ready(2), state: 'suspect' })).toEqual(
      { 1: [1, 2], 2: [1, 2] },
    )
  })

  it('gives a booting worker its own slot beforehand, and nobody fewer', () => {
    expect(shares(2, ready(1), ready(2), { id: 3, slot: 1, state: 'booting' })).toEqual({
      1: [1, 2],
      2: [1, 2],
      3: [1],
    })
  })

  it('gives a slot to both of its workers while one takes over from the other', () => {
    expect(shares(2, ready(1), ready(2), { id: 3, slot: 1, state: 'ready' })).toEqual({
      1: [1],
      2: [2],
      3: [1, 2],
    })
  })

  it('takes as many workers for a slot as are wanted', () => {
    const workers = [ready(1), ready(2), ready(3)]
    expect(Object.fromEntries(assign({ slots: 3, workers, overlap: 1 }))).toEqual({
      1: [1],
      2: [2],
      3: [3],
    })
    expect(Object.fromEntries(assign({ slots: 3, workers, overlap: 3 }))).toEqual({
      1: [1, 2, 3],
      2: [1, 2, 3],
      3: [1, 2, 3],
    })
  })

  it('serves each slot with two different workers, or with the only one that can', () => {
    fc.assert(
      fc.property(fleet, ({ slots, workers }) => {
        const healthy = workers.filter(({ state }) => state === 'ready')
        const able =
          healthy.length > 0 ? healthy : workers.filter(({ state }) => state === 'suspect')
        const shared = assign({ slots, workers })
        for (let slot = 1; slot <= slots; slot += 1) {
          const serving = able.filter(({ id }) => shared.get(id)?.includes(slot))
          expect(serving).toHaveLength(Math.min(2, able.length))
        }
      }),
    )
  })

  it('asks suspects only when nobody is healthy', () => {
    fc.assert(
      fc.property(fleet, ({ slots, workers }) => {
        fc.pre(workers.some(({ state }) => state === 'ready'))
        const shared = assign({ slots, workers })
        const asked = workers.filter(
          ({ id, state }) => state === 'suspect' && shared.get(id)?.length !== 0,
        )
        expect(asked).toEqual([])
      }),
    )
  })

  it('says the same in whatever order the workers come, and names no slot twice or that there is not', () => {
    fc.assert(
      fc.property(fleet, ({ slots, workers }) => {
        const shared = assign({ slots, workers })
        expect(assign({ slots, workers: workers.toReversed() })).toEqual(shared)
        for (const share of shared.values()) {
          expect(share).toEqual([...new Set(share)].sort((a, b) => a - b))
          expect(share.every((slot) => slot >= 1 && slot <= slots)).toBe(true)
        }
      }),
    )
  })

  it('gives each of N workers exactly two of N slots when all are ready', () => {
    for (let count = 2; count <= 64; count += 1) {
      const workers = Array.from({ length: count }, (_, index) => ready(index + 1))
      for (const share of assign({ slots: count, workers }).values()) expect(share).toHaveLength(2)
    }
  })
})

function ready(slot: number): Assignable {
  return { id: slot, slot, state: 'ready' }
}

function shares(slots: number, ...workers: Assignable[]): Record<number, readonly number[]> {
  return Object.fromEntries(assign({ slots, workers }))
}

const fleet = fc.integer({ min: 1, max: 8 }).chain((slots) =>
  fc.record({
    slots: fc.constant(slots),
    workers: fc
      .array(
        fc.record({
          slot: fc.integer({ min: 1, max: slots }),
          state: fc.constantFrom<Assignable['state']>('booting', 'ready', 'suspect'),
        }),
        { maxLength: 10 },
      )
      .map((workers) => workers.map((worker, index) => ({ ...worker, id: index + 1 }))),
  }),
)
