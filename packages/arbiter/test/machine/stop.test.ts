import { describe, expect, it } from 'vitest'

import { FakeWorld } from './fake-world.ts'

describe('stopping', () => {
  it('drains all workers on TERM, and ends with 0 when they are gone', () => {
    const world = new FakeWorld({ behave: () => ({ drainMs: 6_000 }) }).run(1_000).term()
    expect(world.done('drain-worker')).toMatchObject([
      { id: 1, deadlineMs: 30_000, acceptQueued: true },
      { id: 2, deadlineMs: 30_000, acceptQueued: true },
    ])
    expect(world.done('close-sockets')).toHaveLength(1)
    expect(world.run(5_999).exitCode).toBeUndefined()
    expect(world.run(1).exitCode).toBe(0)
  })

  it('kills on TERM what has not left within the graceful timeout, and says so', () => {
    const world = new FakeWorld({ behave: () => ({ drainMs: Infinity }) })
      .run(1_000)
      .term()
      .run(32_000)
    expect(world.exitCode).toBe(0)
    expect(world.told('worker-ended').map(({ cause }) => cause.type)).toEqual([
      'drain-timeout',
      'drain-timeout',
    ])
  })

  it('leaves answers a moment on INT, and no more', () => {
    const world = new FakeWorld({ behave: () => ({ drainMs: Infinity }) }).run(1_000).int()
    expect(world.done('drain-worker')[0]?.deadlineMs).toBe(1_000)
    expect(world.run(2_500).exitCode).toBe(0)
  })

  it('becomes quick when INT follows TERM', () => {
    const world = new FakeWorld({ behave: () => ({ drainMs: Infinity }) })
      .run(1_000)
      .term()
      .run(500)
      .int()
      .run(2_500)
    expect(world.exitCode).toBe(0)
    expect(world.told('stopping').map(({ how }) => how)).toEqual(['graceful', 'quick'])
  })

  it.each([
    ['TERM twice', (world: FakeWorld) => world.term().run(100).term(), 143],
    ['INT twice', (world: FakeWorld) => world.int().run(100).int(), 130],
    ['TERM, INT, INT', (world: FakeWorld) => world.term().int().run(100).int(), 130],
  ])('is forced by %s', (_, ask, code) => {
    const world = ask(new FakeWorld({ behave: () => ({ drainMs: Infinity }) }).run(1_000)).run(100)
    expect(world.exitCode).toBe(code)
    expect(world.told('worker-ended').map(({ cause }) => cause.type)).toEqual([
      'forced-stop',
      'forced-stop',
    ])
  })

  it('takes a signal that comes twice at once for one, as timeout(1) sends it', () => {
    const world = new FakeWorld({ behave: () => ({ drainMs: 3_000 }) }).run(1_000).term().term()
    expect(world.run(3_500).exitCode).toBe(0)
  })

  it('stays quick when TERM follows INT', () => {
    const world = new FakeWorld({ behave: () => ({ drainMs: Infinity }) })
      .run(1_000)
      .int()
      .run(100)
      .term()
      .run(1_500)
    expect(world.exitCode).toBeUndefined()
    expect(world.run(1_000).exitCode).toBe(0)
  })

  it('ignores what comes after the force', () => {
    const world = new FakeWorld({ behave: () => ({ drainMs: Infinity }) })
      .run(1_000)
      .term()
      .run(100)
      .term()
      .term()
      .int()
      .run(100)
    expect(world.exitCode).toBe(143)
    expect(world.done('signal-worker')).toHaveLength(2)
  })

  it('ends within two seconds of TERM during the first boot, even if the import hangs', () => {
    const world = new FakeWorld({ behave: () => ({ boot: 'never' }) }).run(20_000).term().run(1_999)
    expect(world.exitCode).toBe(0)
  })

  it('does not suspect workers that were told to leave while they booted', () => {
    const world = new FakeWorld({ behave: () => ({ boot: 'never' }) }).run(45_000).term().run(1_999)
    expect(world.told('worker-suspect')).toEqual([])
    expect(world.done('diagnose-worker')).toEqual([])
  })

  it('gives a worker that was already leaving no second graceful timeout', () => {
    const world = new FakeWorld({ behave: () => ({ drainMs: Infinity }) })
      .run(1_000)
      .scale(-1)
      .run(20_000)
      .term()
      .run(11_500)
    expect(world.alive).toEqual([1])
  })

  it('keeps the code of a failed first boot when it is forced', () => {
    const behave = ({ slot }: { slot: number }) =>
      slot === 1 ? ({ boot: 'app-load' } as const) : ({ drainMs: Infinity, boot: 'never' } as const)
    const world = new FakeWorld({ behave }).run(100).int().run(100)
    expect(world.exitCode).toBe(4)
  })

  it('ends gracefully on TERM in the middle of a reload', () => {
    const world = new FakeWorld({ behave: () => ({ bootMs: 500, drainMs: 2_000 }) })
      .run(1_000)
      .reload()
      .run(1_800)
    expect(world.state.reload?.stage).toBe('rolling')
    world.reload().term().run(2_500)
    expect(world.exitCode).toBe(0)
    expect(world.done('read-settings')).toHaveLength(1)
  })

  it('takes settings that arrive too late for nothing', () => {
    const world = new FakeWorld({ behave: () => ({ drainMs: 1_000 }) })
      .run(1_000)
      .reload()
      .term()
      .run(2_000)
    expect(world.exitCode).toBe(0)
    expect(world.done('spawn-worker')).toHaveLength(2)
  })
})

describe('a drain delay', () => {
  const rules = { drainDelayMs: 5_000 }

  it('serves on before it drains, and replaces what dies meanwhile', () => {
    const world = new FakeWorld({
      rules,
      behave: ({ id }) => (id === 1 ? { diesAfterMs: 3_000 } : {}),
    })
      .run(1_000)
      .term()
    expect(world.told('leaving')).toEqual([{ type: 'leaving', delayMs: 5_000 }])
    world.run(4_999)
    expect(world.done('spawn-worker')).toHaveLength(3)
    expect(world.done('drain-worker')).toHaveLength(0)
    expect(world.run(1).done('drain-worker')).toHaveLength(2)
    expect(world.run(1_000).exitCode).toBe(0)
  })

  it.each([
    ['a second TERM', (world: FakeWorld) => world.run(100).term()],
    ['INT', (world: FakeWorld) => world.int()],
  ])('is cut short by %s', (_, ask) => {
    const world = ask(new FakeWorld({ rules }).run(1_000).term()).run(1_500)
    expect(world.exitCode).toBe(0)
  })

  it('is not cut short by one TERM that comes twice', () => {
    const world = new FakeWorld({ rules }).run(1_000).term().term().run(3_000)
    expect(world.done('drain-worker')).toHaveLength(0)
  })

  it('is left out before the first worker is ready', () => {
    const world = new FakeWorld({ rules, behave: () => ({ bootMs: 60_000 }) }).run(1_000).term()
    expect(world.run(100).exitCode).toBe(0)
  })

  it('begins no reload', () => {
    const world = new FakeWorld({ rules }).run(1_000).term().reload().run(1_000)
    expect(world.told('reload-started')).toHaveLength(0)
  })
})
