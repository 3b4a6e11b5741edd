import { describe, expect, it } from 'vitest'

import { FakeWorld } from './fake-world.ts'

describe('scaling', () => {
  it('adds a worker on TTIN', () => {
    const world = new FakeWorld().run(1_000).scale(1).run(1_000)
    expect(world.ready).toEqual([1, 2, 3])
    expect(world.told('scaled')).toEqual([{ type: 'scaled', target: 3 }])
  })

  it('takes the highest slot away on TTOU, and its socket stays with the neighbours', () => {
    const world = new FakeWorld({ rules: { workers: 3 } }).run(1_000).scale(-1).run(1_000)
    expect(world.alive).toEqual([1, 2])
    expect(world.state.openSlots).toBe(3)
    expect(world.state.workers.filter(({ serves }) => serves.includes(3))).toHaveLength(2)
  })

  it('never goes below one worker', () => {
    const world = new FakeWorld().run(1_000)
    for (let count = 0; count < 5; count += 1) world.scale(-1)
    expect(world.run(1_000).ready).toEqual([1])
    expect(world.scale(1).run(1_000).ready).toHaveLength(2)
  })

  it('follows eight TTIN and eight TTOU, five times', () => {
    const world = new FakeWorld().run(1_000)
    for (let round = 0; round < 5; round += 1) {
      for (let count = 0; count < 8; count += 1) world.scale(1)
      expect(world.run(1_000).ready).toHaveLength(10)
      for (let count = 0; count < 8; count += 1) world.scale(-1)
      expect(world.run(1_000).ready).toEqual([1, 2])
    }
  })

  it('survives a HUP', () => {
    const world = new FakeWorld().run(1_000).scale(2).run(1_000).reload().run(10_000)
    expect(world.generations).toEqual([2])
    expect(world.ready).toHaveLength(4)
  })

  it('gives way to a HUP that changes the configured number', () => {
    const world = new FakeWorld({ readSettings: () => ({ workers: 3 }) })
      .run(1_000)
      .scale(4)
      .run(1_000)
      .reload()
      .run(10_000)
    expect(world.ready).toHaveLength(3)
  })

  it('lets go of a worker that is still booting', () => {
    const world = new FakeWorld({ behave: ({ slot }) => (slot === 3 ? { bootMs: 5_000 } : {}) })
      .run(1_000)
      .scale(1)
      .run(100)
      .scale(-1)
      .run(10_000)
    expect(world.alive).toEqual([1, 2])
  })
})
