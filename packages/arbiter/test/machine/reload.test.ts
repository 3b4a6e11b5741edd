import { describe, expect, it } from 'vitest'

import { type Behaviour, FakeWorld, someError } from './fake-world.ts'

/** Behaves so from the second generation on. */
function newer(behaviour: Behaviour): (order: { generation: number }) => Behaviour {
  return ({ generation }) => (generation > 1 ? behaviour : {})
}

describe('a reload', () => {
  it('boots a canary, lets it soak, then replaces the rest one by one', () => {
    const world = new FakeWorld({ rules: { workers: 3 } }).run(1_000).reload().run(10_000)
    const from = world.effects.findIndex(({ type }) => type === 'read-settings')
    const story = world.effects.slice(from).flatMap((effect) => {
      if (effect.type === 'spawn-worker') return [`spawn ${effect.id} in ${effect.slot}`]
      if (effect.type === 'drain-worker') return [`drain ${effect.id}`]
      return effect.type === 'report' && effect.report.type === 'canary-ready' ? ['soak'] : []
    })
    expect(story).toEqual([
      'spawn 4 in 1',
      'soak',
      'drain 1',
      'spawn 5 in 2',
      'drain 2',
      'spawn 6 in 3',
      'drain 3',
    ])
    expect(world.told('reload-finished')).toEqual([{ type: 'reload-finished', generation: 2 }])
    expect(world.generations).toEqual([2])
  })

  it('drains nobody before the canary has lived through its soak', () => {
    const world = new FakeWorld({ rules: { soakMs: 3_000 } }).run(1_000).reload().run(3_050)
    expect(world.done('drain-worker')).toEqual([])
    expect(world.ready).toEqual([1, 2, 3])
  })

  it('keeps as many workers ready as are wanted, all the time', () => {
    const world = new FakeWorld({ rules: { workers: 4 }, behave: newer({ bootMs: 700 }) })
      .run(1_000)
      .reload()
    for (let ms = 0; ms < 10_000; ms += 10)
      expect(world.run(10).ready.length).toBeGreaterThanOrEqual(4)
    expect(world.generations).toEqual([2])
  })

  it.each([
    ['fails to boot', { boot: 'boot' }, 'boot'],
    ['finds no app', { boot: 'app-load' }, 'app-load'],
    ['is never ready', { boot: 'never' }, 'boot-timeout'],
    ['dies in its soak', { diesAfterMs: 900 }, 'exit'],
    ['hangs in its soak', { hangsAfterMs: 100 }, 'hang'],
  ] as const)('leaves everything as it was when the canary %s', (_, behaviour, cause) => {
    const world = new FakeWorld({ behave: newer(behaviour) }).run(1_000).reload().run(120_000)
    expect(world.told('reload-failed')).toMatchObject([{ generation: 2, cause: { type: cause } }])
    expect(world.alive).toEqual([1, 2])
    expect(world.ready).toEqual([1, 2])
    expect(world.state).toMatchObject({ generation: 1, reload: undefined, degraded: false })
    expect(world.told('degraded')).toEqual([])
  })

  it('leaves the history of its slot alone when it fails, however often', () => {
    const world = new FakeWorld({ behave: newer({ boot: 'boot' }) }).run(20_000)
    for (let count = 0; count < 5; count += 1) world.reload().run(1_000)
    expect(world.told('reload-failed')).toHaveLength(5)
    expect(world.told('degraded')).toEqual([])
    expect(world.killWorker(1).run(100).ready).toHaveLength(2)
  })

  it('says what a canary that never got ready was doing', () => {
    const world = new FakeWorld({ behave: newer({ boot: 'never', verdict: 'blocked' }) })
      .run(1_000)
      .reload()
      .run(120_000)
    expect(world.told('reload-failed')).toMatchObject([
      { cause: { diagnosis: { verdict: 'blocked' } } },
    ])
  })

  it('does not trust a canary that is silent when its soak ends', () => {
    const world = new FakeWorld({
      rules: { soakMs: 3_000 },
      behave: newer({ hangsAfterMs: 100, hangMs: 8_000 }),
    })
    world.run(1_000).reload().run(7_000)
    expect(world.state.reload?.stage).toBe('soaking')
    expect(world.run(5_000).generations).toEqual([2])
  })

  it('does not trust a canary that gave a last sign of life after it was condemned', () => {
    const world = new FakeWorld({ behave: newer({ hangsAfterMs: 100, verdict: 'stopped' }) })
      .run(1_000)
      .reload()
      .run(30_500)
    const canary = world.done('signal-worker')[0]?.id ?? 0
    world.tell({ type: 'worker-beat', id: canary }).run(5_000)
    expect(world.ready).toEqual([1, 2])
    expect(world.told('worker-recovered')).toEqual([])
    expect(world.told('reload-failed')).toHaveLength(1)
  })

  it('changes nothing when the settings are refused', () => {
    const world = new FakeWorld({ readSettings: () => someError }).run(1_000).reload().run(1_000)
    expect(world.told('reload-refused')).toEqual([
      { type: 'reload-refused', generation: 2, error: someError },
    ])
    expect(world.done('spawn-worker')).toHaveLength(2)
    expect(world.state).toMatchObject({ generation: 1, reload: undefined })
  })

  it('gives each try its own generation', () => {
    const world = new FakeWorld({
      behave: ({ generation }) => (generation === 2 ? { boot: 'boot' } : {}),
    })
    world.run(1_000).reload().run(1_000).reload().run(10_000)
    expect(world.generations).toEqual([3])
  })

  it('lets the canary live by the new settings', () => {
    const world = new FakeWorld({
      behave: newer({ boot: 'never' }),
      readSettings: () => ({ bootTimeoutMs: 2_000 }),
    })
    world.run(1_000).reload().run(4_000)
    expect(world.told('reload-failed')).toHaveLength(1)
    expect(world.state.rules.bootTimeoutMs).toBe(60_000)
  })

  it('takes over a changed number of workers', () => {
    const numbers = [4, 1]
    const world = new FakeWorld({ readSettings: () => ({ workers: numbers.shift() ?? 2 }) }).run(
      1_000,
    )
    expect(world.reload().run(10_000).ready).toHaveLength(4)
    expect(world.reload().run(10_000).ready).toHaveLength(1)
  })

  it('takes all HUPs that come during it as one more', () => {
    const world = new FakeWorld({ behave: newer({ bootMs: 1_000 }) })
      .run(1_000)
      .reload()
      .run(500)
      .reload()
      .run(500)
      .reload()
      .run(30_000)
    expect(world.told('reload-finished').map(({ generation }) => generation)).toEqual([2, 3])
    expect(world.told('reload-queued')).toHaveLength(1)
    expect(world.generations).toEqual([3])
    expect(world.ready).toHaveLength(2)
  })

  it('makes two reloads of a thousand HUPs', () => {
    const world = new FakeWorld().run(1_000)
    for (let count = 0; count < 1_000; count += 1) world.reload()
    expect(world.run(30_000).told('reload-finished')).toHaveLength(2)
  })

  it('tries once more after a failure when it was asked to meanwhile', () => {
    const world = new FakeWorld({
      behave: ({ generation }) => (generation === 2 ? { boot: 'boot', bootMs: 500 } : {}),
    })
    world.run(1_000).reload().run(100).reload().run(10_000)
    expect(world.generations).toEqual([3])
  })

  it('goes on while an old worker crashes, and the crash brings no old worker back', () => {
    const world = new FakeWorld({ rules: { workers: 2, soakMs: 3_000 } })
      .run(20_000)
      .reload()
      .run(1_000)
      .killWorker(1)
      .run(20_000)
    expect(world.generations).toEqual([2])
    expect(world.done('drain-worker').filter(({ id }) => id === 3)).toEqual([])
  })

  it('keeps the old workers and tries on, within the back-off, when the code breaks after the canary', () => {
    const behave = ({ generation, slot }: { generation: number; slot: number }) =>
      generation > 1 && slot > 1 ? ({ boot: 'boot' } as const) : {}
    const world = new FakeWorld({ rules: { workers: 3 }, behave }).run(20_000).reload().run(60_000)
    expect(world.ready).toHaveLength(3)
    expect(world.done('spawn-worker').length).toBeLessThanOrEqual(4 + 2 * 8)
  })

  it('does not make a mended HUP wait for a roll that cannot end', () => {
    const behave = ({ generation, slot }: { generation: number; slot: number }) =>
      generation === 2 && slot > 1 ? ({ boot: 'boot' } as const) : {}
    const world = new FakeWorld({ behave }).run(20_000).reload().run(60_000).reload().run(5_000)
    expect(world.generations).toEqual([3])
    expect(world.told('reload-finished')).toEqual([{ type: 'reload-finished', generation: 3 }])
  })

  it('takes a HUP that came during a roll before that roll proves endless', () => {
    const behave = ({ generation, slot }: { generation: number; slot: number }) =>
      generation === 2 && slot > 1 ? ({ boot: 'boot', bootMs: 500 } as const) : {}
    const world = new FakeWorld({ behave }).run(20_000).reload().run(1_500).reload().run(60_000)
    expect(world.generations).toEqual([3])
  })
})
