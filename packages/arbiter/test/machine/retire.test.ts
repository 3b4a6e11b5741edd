import { describe, expect, it } from 'vitest'

import { type Behaviour, FakeWorld } from './fake-world.ts'

function retire(world: FakeWorld, ...ids: number[]): FakeWorld {
  for (const id of ids) world.tell({ type: 'worker-asked-to-retire', id, reason: 'max-requests' })
  return world
}

describe('a retirement', () => {
  it('waits until the replacement is ready', () => {
    const world = retire(new FakeWorld({ behave: () => ({ bootMs: 500 }) }).run(1_000), 1).run(499)
    expect(world.ready).toEqual([1, 2])
    expect(world.done('drain-worker')).toEqual([])
    expect(world.run(1).ready).toEqual([2, 3])
    expect(world.run(1_000).alive).toEqual([2, 3])
  })

  it('is one at a time, the oldest first of those that wait', () => {
    const world = retire(new FakeWorld({ rules: { workers: 3 } }).run(1_000), 1, 3, 2).run(10_000)
    expect(world.done('drain-worker').map(({ id }) => id)).toEqual([1, 2, 3])
    const spawns = world.done('spawn-worker').slice(3)
    expect(spawns.map(({ slot }) => slot)).toEqual([1, 2, 3])
    expect(spawns[1]?.at).toBeGreaterThanOrEqual((spawns[0]?.at ?? 0) + 50)
  })

  it('is no death: nothing is charged, nothing lost', () => {
    const world = new FakeWorld({ behave: () => ({ retiresAfterMs: 300 }) }).run(60_000)
    expect(world.told('worker-ended').length).toBeGreaterThan(100)
    expect(
      world.told('worker-ended').every(({ lost, cause }) => !lost && cause.type === 'drained'),
    ).toBe(true)
    expect(world.told('degraded')).toEqual([])
  })

  it.each([
    ['signal', 0, { type: 'signal', signal: 'SIGTERM' }],
    ['signal', 143, { type: 'signal', signal: 'SIGTERM' }],
    ['signal', 1, { type: 'exit', code: 1 }],
    ['asked', 0, { type: 'exit', code: 0 }],
  ] as const)('for %s that is not waited for, with exit code %i: %j', (reason, code, cause) => {
    const world = new FakeWorld().run(20_000)
    world.tell({ type: 'worker-asked-to-retire', id: 1, reason })
    const exit = { code, signal: null, outOfMemory: false, heapFull: false }
    world.tell({ type: 'worker-exited', id: 1, exit, random: 0.5 })
    expect(world.told('worker-ended')).toMatchObject([{ slot: 1, lost: true, cause }])
    expect(world.run(100).ready).toHaveLength(2)
  })

  it('is reported once, however often it is asked for', () => {
    const world = retire(new FakeWorld({ behave: () => ({ bootMs: 500 }) }).run(1_000), 1, 1, 1)
    expect(world.told('worker-retiring')).toHaveLength(1)
  })

  it('is put off, within the back-off, while the code on disk is broken', () => {
    const behave = ({ id }: { id: number }): Behaviour => (id > 2 ? { boot: 'boot' } : {})
    const world = retire(new FakeWorld({ behave }).run(60_000), 1).run(120_000)
    expect(world.ready).toEqual([1, 2])
    expect(world.done('spawn-worker').length).toBeLessThan(2 + 15)
    expect(world.told('degraded')).toHaveLength(1)
  })

  it('and a reload replace a worker only once', () => {
    const world = retire(new FakeWorld().run(1_000).reload().run(200), 1, 2).run(20_000)
    expect(world.done('spawn-worker').length).toBeLessThanOrEqual(6)
    expect(world.generations).toEqual([2])
    expect(world.ready).toHaveLength(2)
  })
})
