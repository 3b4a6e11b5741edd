import fc from 'fast-check'
import { expect, it } from 'vitest'

import { emptyView, type FleetView, withEvents, withStatus } from '../src/index.ts'
import { event, type FakeFleet, fakeFleet } from './support/fleet.ts'

type Deed =
  | { readonly type: 'pass'; readonly ms: number }
  | { readonly type: 'start'; readonly number: number }
  | {
      readonly type: 'answer'
      readonly of: number
      readonly count: number
      readonly tookMs: number
    }
  | { readonly type: 'beat' | 'suspect' | 'end'; readonly of: number }
  | { readonly type: 'look' | 'restart-arbiter' }
  | { readonly type: 'events'; readonly sequences: readonly number[] }

const of = fc.nat(7)
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('pass'), ms: fc.nat(4_000) }) },
  fc.record({ type: fc.constant('start'), number: fc.integer({ min: 1, max: 4 }) }),
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('answer'),
      of,
      count: fc.nat(1_000),
      tookMs: fc.double({ min: 0, max: 100_000, noNaN: true }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('beat'), of }) },
  fc.record({ type: fc.constantFrom('suspect', 'end'), of }),
  { weight: 4, arbitrary: fc.record({ type: fc.constant('look') }) },
  fc.record({ type: fc.constant('restart-arbiter') }),
  fc.record({ type: fc.constant('events'), sequences: fc.array(fc.integer({ min: 1, max: 40 })) }),
) as fc.Arbitrary<Deed>

type Process = ReturnType<FakeFleet['start']>

interface World {
  readonly fleet: FakeFleet
  processes: Process[]
  view: FleetView
}

function perform(world: World, deed: Deed): void {
  const { fleet } = world
  const process = 'of' in deed ? world.processes[deed.of % world.processes.length] : undefined
  switch (deed.type) {
    case 'pass':
      return fleet.pass(deed.ms)
    case 'start':
      return void world.processes.push(fleet.start(deed.number))
    case 'answer':
      return process && fleet.answer(process, deed)
    case 'beat':
      return process && fleet.beat(process)
    case 'suspect':
      return void (process && (process.suspect = true))
    case 'end':
      world.processes = world.processes.filter((other) => other !== process)
      return process && fleet.end(process)
    case 'restart-arbiter':
      world.processes = []
      return fleet.restartArbiter()
    case 'look':
      world.view = withStatus(world.view, fleet.status())
      return
    case 'events':
      world.view = withEvents(
        world.view,
        deed.sequences.map((sequence) => event(sequence)),
      )
  }
}

function expectSane({ view, fleet }: World): void {
  const measures = [...view.workers, ...(view.fleet ? [view.fleet] : []), ...view.history]
  for (const { requestsPerSecond, p50Ms, p99Ms } of measures as FleetView['workers']) {
    for (const value of [requestsPerSecond, p50Ms, p99Ms])
      if (value !== undefined)
        expect(Number.isFinite(value) && value >= 0, String(value)).toBe(true)
    if (p50Ms !== undefined) expect(p99Ms).toBeGreaterThanOrEqual(p50Ms)
  }
  const { history, events, memory } = view
  expect(isRising(history.map(({ at }) => at))).toBe(true)
  expect(isRising(events.map(({ sequence }) => sequence))).toBe(true)
  expect(history.every(({ at }) => at > fleet.now - 300_001)).toBe(true)
  const keys = view.workers.map(({ key }) => key)
  expect(new Set(keys).size).toBe(keys.length)
  expect([...memory.tracks.keys()]).toEqual(keys)
  for (const track of memory.tracks.values()) expect(isRising(track.map(({ at }) => at))).toBe(true)
}

function isRising(values: readonly number[]): boolean {
  return values.every((value, index) => index === 0 || value > (values[index - 1] ?? 0))
}

it('whatever an instance does and however it is looked at, no rate is negative or absurd, nothing repeats and nothing grows', () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 120, size: 'max' }), (deeds) => {
      const world: World = { fleet: fakeFleet(), processes: [], view: emptyView }
      for (const one of deeds) {
        perform(world, one)
        if (one.type === 'look' || one.type === 'events') expectSane(world)
      }
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 300) },
  )
})
