import { describe, expect, it } from 'vitest'

import { FakeWorld } from './fake-world.ts'

describe('a hang', () => {
  it('makes a worker suspect after two beats, and its neighbours serve its slots', () => {
    const world = new FakeWorld({ rules: { workers: 3 } }).run(10_500).hang(2).run(2_000)
    expect(world.told('worker-suspect')).toEqual([{ type: 'worker-suspect', id: 2, slot: 2 }])
    expect(world.done('watch-worker')).toHaveLength(1)
    expect(world.state.workers.map(({ serves }) => serves)).toEqual([[1, 2, 3], [], [1, 2, 3]])
  })

  it('is diagnosed, then ended with SIGABRT and SIGKILL, each once, and replaced', () => {
    const world = new FakeWorld({ behave: ({ id }) => (id === 1 ? { verdict: 'stopped' } : {}) })
      .run(10_100)
      .hang(1)
      .run(60_000)
    expect(world.done('diagnose-worker')).toMatchObject([{ id: 1, at: 40_050 }])
    expect(world.done('signal-worker')).toMatchObject([
      { id: 1, signal: 'SIGABRT', at: 40_350 },
      { id: 1, signal: 'SIGKILL', at: 41_350 },
    ])
    expect(world.told('worker-ended')).toMatchObject([
      { cause: { type: 'hang', diagnosis: { verdict: 'stopped' } }, lost: true },
    ])
    expect(world.ready).toEqual([2, 3])
  })

  it('needs no SIGKILL when SIGABRT is enough', () => {
    const world = new FakeWorld().run(10_000).hang(1).run(60_000)
    expect(world.done('signal-worker').map(({ signal }) => signal)).toEqual(['SIGABRT'])
  })

  it('is ended even if nobody finds out why', () => {
    const world = new FakeWorld({ behave: ({ id }) => (id === 1 ? { diagnosisMs: Infinity } : {}) })
      .run(10_100)
      .hang(1)
      .run(60_000)
    expect(world.told('worker-ended')).toMatchObject([
      { cause: { type: 'hang', diagnosis: { verdict: 'unknown' } } },
    ])
    expect(world.ready).toEqual([2, 3])
  })

  it('of all workers leaves the suspects where they are until they are replaced', () => {
    const world = new FakeWorld().run(10_000).hang(1).hang(2).run(5_000)
    expect(world.state.workers.map(({ serves }) => serves)).toEqual([
      [1, 2],
      [1, 2],
    ])
    expect(world.run(60_000).ready).toEqual([3, 4])
  })

  it('that ends by itself is forgiven', () => {
    const world = new FakeWorld().run(10_000).hang(1).run(20_000).unhang(1)
    expect(world.told('worker-recovered')).toEqual([{ type: 'worker-recovered', id: 1, slot: 1 }])
    expect(world.state.workers.map(({ serves }) => serves)).toEqual([
      [1, 2],
      [1, 2],
    ])
    expect(world.run(60_000).alive).toEqual([1, 2])
  })

  it('that ends during its diagnosis is forgiven', () => {
    const world = new FakeWorld().run(10_100).hang(1).run(30_000)
    expect(world.done('diagnose-worker')).toHaveLength(1)
    expect(world.unhang(1).run(60_000).alive).toEqual([1, 2])
    expect(world.done('signal-worker')).toEqual([])
  })

  it('of a worker that gets no CPU is none', () => {
    const world = new FakeWorld({ behave: () => ({ verdict: 'starved' }) })
      .run(10_000)
      .hang(1)
      .run(300_000)
    expect(world.alive).toEqual([1, 2])
    expect(world.told('worker-excused')).toHaveLength(1)
  })

  it('of a worker that somebody debugs is none, is said once for each silence, and ends as any other', () => {
    const world = new FakeWorld({ behave: () => ({ verdict: 'debugged' }) })
      .run(10_000)
      .hang(1)
      .run(300_000)
    expect(world.alive).toEqual([1, 2])
    expect(world.told('worker-excused')).toMatchObject([
      { id: 1, diagnosis: { verdict: 'debugged' } },
    ])
    world.unhang(1).run(10_000).hang(1).run(60_000)
    expect(world.told('worker-recovered')).toHaveLength(1)
    expect(world.told('worker-excused')).toHaveLength(2)
    expect(world.alive).toEqual([1, 2])
  })

  it('at boot, of a worker that waits for a debugger, is none either', () => {
    const world = new FakeWorld({
      rules: { bootTimeoutMs: 5_000 },
      behave: ({ id }) => (id === 3 ? { boot: 'never', verdict: 'debugged' } : {}),
    })
    world.run(10_000).killWorker(2).run(120_000)
    expect(world.alive).toEqual([1, 3])
    expect(world.told('worker-excused')).toMatchObject([{ id: 3 }])
  })

  it('is never ended when the timeout is 0', () => {
    const world = new FakeWorld({ rules: { timeoutMs: 0 } }).run(10_000).hang(1).run(3_600_000)
    expect(world.alive).toEqual([1, 2])
    expect(world.told('worker-suspect')).toHaveLength(1)
    expect(world.done('diagnose-worker')).toEqual([])
  })

  it('in a drain does not outlast the graceful timeout, and brings no signal after SIGKILL', () => {
    const behave = () => ({ drainMs: Infinity, diagnosisMs: Infinity, killMs: 10_000 })
    const world = new FakeWorld({ rules: { gracefulTimeoutMs: 29_000 }, behave })
      .run(10_000)
      .hang(1)
      .term()
      .run(60_000)
    expect(world.exitCode).toBe(0)
    expect(
      world
        .done('signal-worker')
        .filter(({ id }) => id === 1)
        .at(-1)?.signal,
    ).toBe('SIGKILL')
  })

  it('while booting is ended after the boot timeout', () => {
    const world = new FakeWorld({
      rules: { bootTimeoutMs: 5_000 },
      behave: ({ id }) => (id === 3 ? { boot: 'never' } : {}),
    })
    world.run(10_000).killWorker(2).run(10_000)
    expect(world.told('worker-ended').at(-1)).toMatchObject({
      id: 3,
      cause: { type: 'boot-timeout', diagnosis: { verdict: 'spinning' } },
    })
    expect(world.ready).toEqual([1, 4])
  })

  it('while booting is forgiven if the worker gets ready during its diagnosis', () => {
    const world = new FakeWorld({
      rules: { bootTimeoutMs: 1_000 },
      behave: () => ({ bootMs: 1_100 }),
    }).run(10_000)
    expect(world.done('diagnose-worker')).toHaveLength(2)
    expect(world.alive).toEqual([1, 2])
  })

  it('is not to be feared by a slow boot', () => {
    const world = new FakeWorld({ behave: () => ({ bootMs: 45_000 }) }).run(50_000)
    expect(world.ready).toEqual([1, 2])
    expect(world.told('worker-suspect')).toEqual([])
  })
})
