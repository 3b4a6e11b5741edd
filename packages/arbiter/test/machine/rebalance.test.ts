import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { rebalance } from '../../src/machine/rebalance.ts'
import { FakeWorld } from './fake-world.ts'

function shed(...kept: readonly number[]): Record<string, number> {
  return Object.fromEntries(rebalance(kept.map((count, id) => ({ id: id + 1, kept: count }))))
}

describe('rebalance', () => {
  it('takes from each worker what it holds above the mean', () => {
    expect(shed(64, 0, 0, 0)).toEqual({ 1: 48 })
    expect(shed(12, 14, 20, 18)).toEqual({ 3: 4, 4: 2 })
  })

  it('leaves alone what is within a tenth, or one connection, of the mean', () => {
    expect(shed(110, 90)).toEqual({})
    expect(shed(111, 89)).toEqual({ 1: 11 })
    expect(shed(17, 15)).toEqual({})
    expect(shed(18, 14)).toEqual({ 1: 2 })
    expect(shed(17, 16, 16, 15)).toEqual({})
    expect(shed(1, 0, 0, 0)).toEqual({})
    expect(shed(3, 2, 1)).toEqual({})
    expect(shed(0, 0)).toEqual({})
    expect(shed()).toEqual({})
  })

  it('takes a hundred at most at once from each', () => {
    expect(shed(5_000, 4_000, 0, 0)).toEqual({ 1: 100, 2: 100 })
  })

  it('mostly leaves a thousand connections alone that chance has spread over four workers', () => {
    const acted = Array.from({ length: 1_000 }, (_, seed) => {
      const random = generator(seed + 1)
      const kept = [0, 0, 0, 0]
      for (let left = 1_000; left > 0; left -= 1) kept[Math.floor(random() * 4)]! += 1
      return Object.keys(shed(...kept)).length > 0
    })
    expect(acted.filter(Boolean).length).toBeLessThan(150)
  })

  it('by chance alone brings any fleet to rest in its share, and is silent from then on', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 200 }), { minLength: 2, maxLength: 16 }),
        fc.integer({ min: 1, max: 2 ** 31 - 2 }),
        (start, seed) => {
          const random = generator(seed)
          const kept = [...start]
          const total = kept.reduce((sum, count) => sum + count, 0)
          let rounds = 0
          for (;;) {
            const order = rebalance(kept.map((count, id) => ({ id, kept: count })))
            if (order.size === 0) break
            let loose = 0
            for (const [id, count] of order) {
              expect(count).toBeGreaterThan(0)
              kept[id] = (kept[id] ?? 0) - count
              loose += count
            }
            for (; loose > 0; loose -= 1) {
              const landed = Math.floor(random() * kept.length)
              kept[landed] = (kept[landed] ?? 0) + 1
            }
            rounds += 1
            expect(rounds).toBeLessThan(100)
          }
          const mean = total / kept.length
          expect(Math.max(...kept)).toBeLessThan(Math.max(mean * 1.1 + 1e-9, mean + 2) + 1e-9)
        },
      ),
      { numRuns: 500, seed: 1 },
    )
  })

  it('brings 64 connections on one of 4 workers into a tenth of the mean within 5 rounds, mostly', () => {
    const rounds = Array.from({ length: 200 }, (_, seed) => roundsToRest([64, 0, 0, 0], seed + 1))
    rounds.sort((a, b) => a - b)
    expect(rounds[100]).toBeLessThanOrEqual(5)
    expect(rounds[190]).toBeLessThanOrEqual(10)
  })
})

function roundsToRest(start: readonly number[], seed: number): number {
  const random = generator(seed)
  const kept = [...start]
  for (let round = 0; ; round += 1) {
    const order = rebalance(kept.map((count, id) => ({ id, kept: count })))
    if (order.size === 0) return round
    for (const [id, count] of order) {
      kept[id] = (kept[id] ?? 0) - count
      for (let left = count; left > 0; left -= 1) {
        const landed = Math.floor(random() * kept.length)
        kept[landed] = (kept[landed] ?? 0) + 1
      }
    }
  }
}

/** Park and Miller's, so that each run is the same. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % (2 ** 31 - 1)
    return state / (2 ** 31 - 1)
  }
}

describe('a fleet', () => {
  function beat(world: FakeWorld, ...kept: readonly (number | undefined)[]): FakeWorld {
    kept.forEach((count, index) => {
      const id = index + 1
      world.tell({ type: 'worker-beat', id, ...(count === undefined ? {} : { kept: count }) })
    })
    return world
  }
  const orders = (world: FakeWorld): readonly (readonly number[])[] =>
    world
      .done('shed-connections')
      .filter(({ count }) => count > 0)
      .map(({ id, count }) => [id, count])

  /** Each decision sees the same, two times in a row. */
  function beatTwice(world: FakeWorld, ...kept: readonly (number | undefined)[]): FakeWorld {
    return beat(beat(world, ...kept).run(1), ...kept)
  }

  it('decides once every worker has said how many it keeps, and then waits until all say so again', () => {
    const world = beat(new FakeWorld().run(1_000), 40, 10).run(1)
    beat(world, 40)
    expect(orders(world)).toEqual([])
    world.tell({ type: 'worker-beat', id: 2, kept: 10 })
    expect(orders(world)).toEqual([[1, 15]])
    world.run(1)
    beat(world, 40)
    expect(orders(world)).toHaveLength(1)
    world.tell({ type: 'worker-beat', id: 2, kept: 10 })
    expect(orders(world)).toHaveLength(2)
  })

  it('lets a crowd be that is seen once, and does not wait again while it goes on', () => {
    const world = beat(new FakeWorld().run(1_000), 40, 10).run(1)
    beat(world, 25, 25).run(1)
    beat(world, 40, 10).run(1)
    expect(orders(world)).toEqual([])
    beat(world, 40, 10).run(1)
    beat(world, 30, 20).run(1)
    expect(orders(world)).toEqual([
      [1, 15],
      [1, 5],
    ])
  })

  it('tells every worker when it tells one, so that all beat once more, and nobody in a fleet that is balanced', () => {
    const world = beatTwice(new FakeWorld().run(1_000), 40, 10)
    expect(world.done('shed-connections')).toMatchObject([
      { id: 1, count: 15 },
      { id: 2, count: 0 },
    ])
    world.run(1)
    beat(world, 26, 25)
    expect(world.done('shed-connections')).toHaveLength(2)
  })

  it('does not count who is suspect, drains or does not say', () => {
    const world = new FakeWorld({ rules: { workers: 3 } }).run(1_000)
    beatTwice(world, 40, 10, undefined)
    expect(orders(world)).toEqual([[1, 15]])
    const hung = new FakeWorld({ rules: { workers: 3 } }).run(1_000).hang(1).run(3_000)
    for (const run of [1, 2])
      hung
        .tell({ type: 'worker-beat', id: 2, kept: 30 })
        .tell({ type: 'worker-beat', id: 3, kept: 30 })
        .run(run)
    expect(orders(hung)).toEqual([])
  })

  it('in a reload waits for its end', () => {
    const world = new FakeWorld().run(1_000).reload().run(500)
    beatTwice(world, 40, 0)
    expect(orders(world)).toEqual([])
    world.run(10_000)
    const tell = (): void => {
      for (const id of world.ready) world.tell({ type: 'worker-beat', id, kept: id === 3 ? 40 : 0 })
    }
    tell()
    world.run(1)
    tell()
    expect(orders(world)).toEqual([[3, 20]])
  })

  it('of one worker, or that shall not, leaves its connections alone', () => {
    expect(orders(beatTwice(new FakeWorld({ rules: { workers: 1 } }).run(1_000), 40))).toEqual([])
    const world = new FakeWorld({ rules: { rebalance: false } }).run(1_000)
    expect(orders(beatTwice(world, 40, 0))).toEqual([])
  })
})
