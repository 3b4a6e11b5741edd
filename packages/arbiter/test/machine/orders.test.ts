import { describe, expect, it } from 'vitest'

import { FakeWorld } from './fake-world.ts'

describe('scaling to a number', () => {
  it('adds as many as are missing, at once', () => {
    const world = new FakeWorld().run(1_000).scaleTo(5).run(1_000)
    expect(world.ready).toEqual([1, 2, 3, 4, 5])
    expect(world.told('scaled')).toEqual([{ type: 'scaled', target: 5 }])
  })

  it('lets the surplus leave, from the highest slot on, and never goes below one', () => {
    const world = new FakeWorld({ rules: { workers: 4 } }).run(1_000).scaleTo(2).run(1_000)
    expect(world.alive).toEqual([1, 2])
    expect(world.scaleTo(0).run(1_000).alive).toEqual([1])
  })
})

describe('a restart that was asked for', () => {
  it('waits until the replacement is ready', () => {
    const world = new FakeWorld({ behave: () => ({ bootMs: 500 }) }).run(1_000).restart(1).run(499)
    expect(world.ready).toEqual([1, 2])
    expect(world.run(1_000).alive).toEqual([2, 3])
    expect(world.told('worker-retiring')).toMatchObject([{ id: 1, reason: 'operator' }])
    expect(world.told('worker-ended')).toMatchObject([{ id: 1, lost: false }])
  })

  it('of a worker that boots, or drains, or is not there, does nothing', () => {
    const world = new FakeWorld({ behave: () => ({ bootMs: 500 }) })
    const before = world.effects.length
    expect(world.restart(1).restart(7).effects).toHaveLength(before)
  })
})

describe('a kill that was asked for', () => {
  it('is one SIGKILL, and a replacement at once that is charged to nobody', () => {
    const world = new FakeWorld({ behave: () => ({ killMs: 300 }) }).run(1_000)
    world.orderKill(1).orderKill(1)
    expect(world.done('signal-worker')).toMatchObject([{ id: 1, signal: 'SIGKILL' }])
    expect(world.done('spawn-worker').map(({ at, slot }) => [at, slot])).toEqual([
      [0, 1],
      [0, 2],
      [1_000, 1],
    ])
    world.run(1_000)
    expect(world.alive).toEqual([2, 3])
    expect(world.told('worker-ended')).toMatchObject([{ id: 1, cause: { type: 'killed' } }])
    expect(world.state.slots[1]?.failures ?? 0).toBe(0)
  })

  it('time and again is no crash loop', () => {
    const world = new FakeWorld().run(1_000)
    for (let round = 0; round < 10; round += 1) world.orderKill(world.ready[0] ?? 0).run(100)
    expect(world.run(1_000).ready).toHaveLength(2)
    expect(world.told('degraded')).toEqual([])
  })

  it('of the first of a reload fails the reload', () => {
    const world = new FakeWorld().run(1_000).reload().run(100)
    expect(world.orderKill(3).run(1_000).told('reload-failed')).toMatchObject([
      { cause: { type: 'killed' } },
    ])
    expect(world.ready).toEqual([1, 2])
  })
})

describe('a silence that was granted', () => {
  it('is no hang, but the neighbours accept meanwhile', () => {
    const world = new FakeWorld().run(1_000)
    world.tell({ type: 'silence-granted', id: 1, forMs: 300_000 }).hang(1).run(200_000)
    expect(world.done('diagnose-worker')).toEqual([])
    expect(world.state.workers[0]).toMatchObject({ suspect: true, serves: [] })
    world.unhang(1).tell({ type: 'silence-granted', id: 1, forMs: 0 }).run(5_000)
    expect(world.ready).toEqual([1, 2])
  })

  it('ends, and then the timeout counts', () => {
    const world = new FakeWorld({ rules: { timeoutMs: 5_000 } }).run(1_000)
    world.tell({ type: 'silence-granted', id: 1, forMs: 60_000 }).hang(1).run(64_000)
    expect(world.alive).toContain(1)
    expect(world.run(3_000).told('worker-ended')).toMatchObject([
      { id: 1, cause: { type: 'hang' } },
    ])
  })

  it('takes an end at once when the worker has answered and then falls silent', () => {
    const world = new FakeWorld({ rules: { timeoutMs: 5_000 } }).run(1_000)
    world.tell({ type: 'silence-granted', id: 1, forMs: 60_000 })
    world.tell({ type: 'silence-granted', id: 1, forMs: 0 }).hang(1).run(8_000)
    expect(world.told('worker-ended')).toMatchObject([{ id: 1, cause: { type: 'hang' } }])
  })
})
