import { GCProfiler, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { type Member, nowhere, Roster } from '../src/roster.ts'

interface Guest extends Member {
  readonly name: number
}

function guest(name: number): Guest {
  return { name, place: nowhere }
}

const byNumber = (a: number, b: number): number => a - b

describe('a roster', () => {
  it('has whoever came and has not left, each once', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 9 }))), (steps) => {
        const guests = Array.from({ length: 10 }, (_, name) => guest(name))
        const roster = new Roster<Guest>()
        const expected = new Set<Guest>()
        for (const [comes, name] of steps) {
          const one = guests[name]!
          if (!comes) roster.delete(one)
          else if (!expected.has(one)) roster.add(one)
          if (comes) expected.add(one)
          else expected.delete(one)
          expect(roster.size).toBe(expected.size)
        }
        const names = [...roster].map(({ name }) => name).toSorted(byNumber)
        expect(names).toEqual([...expected].map(({ name }) => name).toSorted(byNumber))
      }),
    )
  })

  it('passes over nobody when those that are looked at leave', () => {
    const roster = new Roster<Guest>()
    for (let name = 0; name < 10; name += 1) roster.add(guest(name))
    const seen: number[] = []
    for (const one of roster) {
      seen.push(one.name)
      if (one.name % 3 > 0) roster.delete(one)
    }
    expect(seen.toSorted(byNumber)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect([...roster].map(({ name }) => name).toSorted(byNumber)).toEqual([0, 3, 6, 9])
  })

  it('leaves the garbage collector nothing to keep of those that have left', () => {
    const roster = new Roster<Loaded>()
    const comings = churn({
      come: (one) => roster.add(one),
      leave: (one) => roster.delete(one),
    })
    comings(1_000)
    // From here on what is there is old, as in every process that has run for a while.
    collectAll()
    const { promoted, allocated } = promotedBy(() => comings(20_000))
    expect(allocated).toBeGreaterThan(20 * 2 ** 20)
    // In a Map it is nearly half of it.
    expect(promoted / allocated).toBeLessThan(0.05)
  })
})

type Loaded = Guest & { readonly load: unknown }

/** Lets so many come, each with some kB that hang on it; 32 are there at a time. */
function churn(where: {
  readonly come: (one: Loaded) => unknown
  readonly leave: (one: Loaded) => unknown
}): (count: number) => void {
  const there: Loaded[] = []
  return (count) => {
    for (let name = 0; name < count; name += 1) {
      const load = Array.from({ length: 100 }, (_, index) => ({ name, index }))
      const one = { ...guest(name), load }
      where.come(one)
      there.push(one)
      if (there.length > 32) where.leave(there.shift()!)
    }
  }
}

function collectAll(): void {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
}

/** Bytes that collections of the young have moved to the old, and those that were there to be collected. */
function promotedBy(work: () => void): {
  readonly promoted: number
  readonly allocated: number
} {
  const profiler = new GCProfiler()
  profiler.start()
  work()
  const { statistics } = profiler.stop()
  const young = statistics.filter(({ gcType }) => gcType === 'Scavenge')
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
  return {
    promoted: sum(
      young.map(({ beforeGC, afterGC }) =>
        Math.max(0, usedOf(afterGC, 'old_space') - usedOf(beforeGC, 'old_space')),
      ),
    ),
    allocated: sum(young.map(({ beforeGC }) => usedOf(beforeGC, 'new_space'))),
  }
}

function usedOf(
  { heapSpaceStatistics }: ReturnType<GCProfiler['stop']>['statistics'][number]['beforeGC'],
  name: string,
): number {
  return heapSpaceStatistics.find(({ spaceName }) => spaceName === name)?.spaceUsedSize ?? 0
}
