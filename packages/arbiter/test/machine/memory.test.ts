import { describe, expect, it } from 'vitest'

import { pauseMs } from '../../src/machine/memory.ts'
import type { State } from '../../src/machine/index.ts'
import { type Behaviour, FakeWorld } from './fake-world.ts'

const limits = { maxMemoryBytes: 100, maxMemoryHardBytes: 200 }

function measure(world: FakeWorld, id: number, bytes: number): FakeWorld {
  return world.tell({ type: 'worker-measured', id, bytes })
}

describe('a worker over max-memory', () => {
  it('is replaced, its replacement first, and loses nothing', () => {
    const world = new FakeWorld({ rules: limits, behave: () => ({ bootMs: 500 }) }).run(60_000)
    measure(world, 1, 101).run(499)
    expect(world.ready).toEqual([1, 2])
    expect(world.run(2_000).alive).toEqual([2, 3])
    expect(world.told('worker-retiring')).toEqual([
      {
        type: 'worker-retiring',
        id: 1,
        slot: 1,
        reason: 'memory',
        memory: { bytes: 101, limitBytes: 100 },
      },
    ])
    expect(world.told('worker-ended')).toMatchObject([{ cause: { type: 'drained' }, lost: false }])
  })

  it('is left alone at the limit itself, and where there is none', () => {
    const world = new FakeWorld({ rules: limits }).run(60_000)
    expect(measure(world, 1, 100).run(5_000).alive).toEqual([1, 2])
    expect(measure(new FakeWorld().run(60_000), 1, 1e12).run(5_000).alive).toEqual([1, 2])
  })

  it('waits for the one before it to have left; there are never fewer than are wanted', () => {
    let fewest = 4
    const world = new FakeWorld({
      rules: { ...limits, workers: 4 },
      behave: ({ id }) => (id <= 4 ? { bytes: 10, leaksBytes: 2, drainMs: 3_000 } : { bytes: 10 }),
      observe: (state: State) => {
        const ready = state.workers.filter(({ phase }) => phase === 'ready').length
        if (state.everReady && state.lastWorkerId > 4) fewest = Math.min(fewest, ready)
      },
    }).run(90_000)
    expect(world.ready).toEqual([5, 6, 7, 8])
    expect(fewest).toBe(4)
    const drains = world.done('drain-worker').map(({ at }) => at)
    expect(drains).toHaveLength(4)
    drains.slice(1).forEach((at, index) => expect(at - (drains[index] ?? 0)).toBeGreaterThan(3_000))
  })

  it('in a stop is only asked to leave', () => {
    const world = new FakeWorld({ rules: limits, behave: () => ({ drainMs: 5_000 }) }).run(60_000)
    expect(measure(world.term(), 1, 150).run(10_000).exitCode).toBe(0)
    expect(world.told('worker-retiring')).toEqual([])
  })
})

describe('a worker over max-memory-hard', () => {
  it('is killed at once and replaced, stuck or not', () => {
    const world = new FakeWorld({ rules: limits }).run(60_000).hang(1)
    measure(world, 1, 201).run(1_000)
    expect(world.done('signal-worker')).toMatchObject([{ id: 1, signal: 'SIGKILL', at: 60_000 }])
    expect(world.told('worker-ended')).toMatchObject([
      { id: 1, lost: true, cause: { type: 'memory', bytes: 201, limitBytes: 200 } },
    ])
    expect(world.ready).toEqual([2, 3])
  })

  it('is killed while it drains, too', () => {
    const world = new FakeWorld({ rules: limits, behave: () => ({ drainMs: 20_000 }) }).run(60_000)
    measure(world, 1, 150).run(2_000)
    expect(world.ready).toEqual([2, 3])
    measure(world, 1, 250).run(100)
    expect(world.alive).toEqual([2, 3])
  })

  it('again and again from its start degrades the service and is tried with growing pauses', () => {
    const world = new FakeWorld({ rules: limits, behave: () => ({ bytes: 300 }) }).run(600_000)
    expect(world.told('degraded')).toMatchObject([{ cause: { type: 'memory' } }])
    expect(world.done('spawn-worker').length).toBeLessThan(100)
    expect(world.exitCode).toBeUndefined()
  })
})

describe('a max-memory below what the app needs', () => {
  it.each([1, 4, 16])('with %i workers is said once and causes no storm of restarts', (workers) => {
    const world = new FakeWorld({
      rules: { ...limits, workers },
      behave: () => ({ bytes: 120 }),
    }).run(600_000)
    expect(world.told('memory-limit-low')).toMatchObject([
      { slot: 1, bytes: 120, limitBytes: 100, delayMs: 10_000 },
    ])
    // 10, 20, 40, ... 320 s, and whatever has to wait for its turn.
    expect(world.done('spawn-worker').length).toBeLessThanOrEqual(workers + 7 * workers)
    expect(world.told('degraded')).toEqual([])
    expect(world.ready).toHaveLength(workers)
  })

  it('is forgotten once a worker fits, or lives long, and by a reload', () => {
    const bytes = (id: number): number => (id === 1 ? 120 : 50)
    const behave = ({ id }: { id: number }): Behaviour => ({ bytes: bytes(id) })
    const world = new FakeWorld({ rules: { ...limits, workers: 1 }, behave }).run(30_000)
    expect(world.state.growth).toHaveProperty('1.early', 2)
    expect(world.run(60_000).state.growth).toEqual({})
    const reloaded = new FakeWorld({ rules: limits, behave: () => ({ bytes: 120 }) }).run(5_000)
    reloaded.reload().run(2_000)
    expect(reloaded.state.growth).toEqual({})
  })

  it('is no accusation of a slow leak', () => {
    const world = new FakeWorld({
      rules: { ...limits, workers: 1 },
      behave: () => ({ bytes: 10, leaksBytes: 2 }),
    }).run(600_000)
    expect(world.told('memory-limit-low')).toEqual([])
    expect(world.told('worker-retiring').length).toBeGreaterThan(10)
  })
})

describe('pauseMs', () => {
  it('is nothing once, then doubles up to ten minutes', () => {
    expect([1, 2, 3, 4, 40].map(pauseMs)).toEqual([0, 10_000, 20_000, 40_000, 600_000])
  })
})
