import { describe, expect, it } from 'vitest'

import { FakeWorld } from './fake-world.ts'

describe('the first boot', () => {
  it('spawns one worker for each slot, at once', () => {
    const world = new FakeWorld({ rules: { workers: 3 } })
    expect(
      world.done('spawn-worker').map(({ slot, generation, at }) => [slot, generation, at]),
    ).toEqual([
      [1, 1, 0],
      [2, 1, 0],
      [3, 1, 0],
    ])
  })

  it('counts a worker as ready only when it says so', () => {
    const world = new FakeWorld({ behave: () => ({ bootMs: 400 }) }).run(399)
    expect(world.ready).toEqual([])
    expect(world.run(1).ready).toEqual([1, 2])
  })

  it('says once that the first worker serves', () => {
    const world = new FakeWorld().run(1_000)
    expect(world.told('worker-ready').map(({ first }) => first)).toEqual([true, false])
  })

  it('settles: nothing more is started or stopped', () => {
    const world = new FakeWorld().run(1_000)
    const before = world.effects.length
    expect(world.run(600_000).effects.slice(before)).toEqual([])
  })

  it.each([
    ['boot', 3],
    ['app-load', 4],
  ] as const)('ends when the app fails with %s, with %i', (boot, code) => {
    const world = new FakeWorld({ rules: { workers: 1 }, behave: () => ({ boot }) }).run(5_000)
    expect(world.exitCode).toBe(code)
    expect(world.told('first-boot-failed')).toMatchObject([{ cause: { type: boot } }])
  })

  it.each([
    ['boot', 3],
    ['app-load', 4],
  ] as const)('ends once when several workers fail at once with %s, with %i', (boot, code) => {
    const world = new FakeWorld({ rules: { workers: 8 }, behave: () => ({ boot }) }).run(5_000)
    expect(world.exitCode).toBe(code)
    expect(world.done('exit')).toHaveLength(1)
    expect(world.done('spawn-worker')).toHaveLength(8)
    expect(world.told('first-boot-failed')).toHaveLength(1)
  })

  it('does not tell again what another worker failed with before it could exit', () => {
    const world = new FakeWorld({
      behave: ({ slot }) =>
        slot === 1 ? { boot: 'boot' } : { boot: 'boot', bootMs: 40, lingers: true },
    }).run(3_000)
    expect(world.told('first-boot-failed')).toHaveLength(1)
    expect(world.told('worker-ended')).toMatchObject([
      { slot: 1, quiet: true },
      { slot: 2, quiet: true, cause: { type: 'boot' } },
    ])
  })

  it('does not wait for workers that still boot when one has failed', () => {
    const world = new FakeWorld({
      behave: ({ slot }) => (slot === 1 ? { boot: 'boot' } : { boot: 'never' }),
    }).run(3_000)
    expect(world.exitCode).toBe(3)
    expect(world.done('exit')[0]?.at).toBeLessThan(2_000)
  })

  it('ends when the app hangs while it is imported, with its diagnosis', () => {
    const world = new FakeWorld({
      rules: { workers: 1, bootTimeoutMs: 10_000 },
      behave: () => ({ boot: 'never' }),
    }).run(15_000)
    expect(world.exitCode).toBe(3)
    expect(world.told('first-boot-failed')).toMatchObject([
      { cause: { type: 'boot-timeout', diagnosis: { verdict: 'spinning' } } },
    ])
    expect(world.done('spawn-worker')).toHaveLength(1)
  })

  it('does not wait for a failed worker that does not exit', () => {
    const world = new FakeWorld({
      rules: { workers: 1 },
      behave: () => ({ boot: 'app-load', lingers: true }),
    }).run(2_000)
    expect(world.exitCode).toBe(4)
  })

  it('tries again when somebody else killed the worker', () => {
    const world = new FakeWorld({ behave: () => ({ bootMs: 500 }) })
      .run(100)
      .killWorker(1)
      .run(1_000)
    expect(world.ready).toEqual([2, 3])
    expect(world.exitCode).toBeUndefined()
  })

  it('goes on when one worker fails after another was ready', () => {
    const behave = ({ id }: { id: number }) =>
      id === 2 ? ({ boot: 'boot', bootMs: 200 } as const) : {}
    const world = new FakeWorld({ behave }).run(2_000)
    expect(world.ready).toEqual([1, 3])
  })
})
