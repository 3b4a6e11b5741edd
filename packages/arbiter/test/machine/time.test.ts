import { describe, expect, it } from 'vitest'

import { FakeWorld } from './fake-world.ts'

describe('an arbiter that did not run', () => {
  it('blames nobody for its own silence', () => {
    const world = new FakeWorld().run(10_000).suspend(30_000).run(60_000)
    expect(world.alive).toEqual([1, 2])
    expect(world.told('worker-suspect')).toEqual([])
    expect(world.told('clock-jumped')).toHaveLength(1)
  })

  it('gives a drain the time that it lost', () => {
    const world = new FakeWorld({ behave: () => ({ drainMs: Infinity }) })
      .run(1_000)
      .term()
      .run(10_000)
      .suspend(30_000)
    expect(world.done('signal-worker')).toEqual([])
    expect(world.run(25_000).exitCode).toBe(0)
  })

  it('gives a boot the time that it lost', () => {
    const world = new FakeWorld({ behave: () => ({ bootMs: 70_000 }) })
      .run(20_000)
      .suspend(20_000)
      .run(31_000)
    expect(world.ready).toEqual([1, 2])
    expect(world.done('diagnose-worker')).toEqual([])
  })

  it('lets a canary soak to the end', () => {
    const world = new FakeWorld({ rules: { soakMs: 5_000 } })
      .run(1_000)
      .reload()
      .run(1_000)
      .suspend(60_000)
    expect(world.state.reload?.stage).toBe('soaking')
    expect(world.run(20_000).generations).toEqual([2])
  })

  it('still finds a worker that hangs', () => {
    const world = new FakeWorld().run(10_000).hang(1).suspend(30_000).run(40_000)
    expect(world.ready).toEqual([2, 3])
  })
})

describe('an arbiter at rest', () => {
  it('wakes once a second', () => {
    const world = new FakeWorld({ rules: { workers: 1, beatMs: 1_000_000_000 } }).run(1_000)
    const before = world.ticks.length
    expect(world.run(100_000).ticks.length - before).toBeLessThanOrEqual(101)
  })
})
