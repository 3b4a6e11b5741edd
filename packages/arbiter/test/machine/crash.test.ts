import { describe, expect, it } from 'vitest'

import { type Behaviour, FakeWorld, someError } from './fake-world.ts'

/** The first workers are healthy for so long; then the code on disk breaks, and is mended again. */
function broken({ from, to = Infinity, as }: { from: number; to?: number; as: Behaviour }): {
  world: FakeWorld
} {
  const box: { world: FakeWorld | undefined } = { world: undefined }
  const behave = (): Behaviour => {
    const now = box.world?.now ?? 0
    return now >= from && now < to ? as : {}
  }
  box.world = new FakeWorld({ behave })
  return { world: box.world }
}

function loudReports(world: FakeWorld, { from, to }: { from: number; to: number }): number {
  return world
    .done('report')
    .filter(({ at }) => at >= from && at < to)
    .filter(({ report }) => !('quiet' in report && report.quiet)).length
}

function loudEnds(world: FakeWorld): readonly unknown[] {
  return world
    .told('worker-ended')
    .flatMap(({ quiet, slot, cause }) => (quiet ? [] : [{ slot, cause }]))
}

describe('a crash', () => {
  it('is followed by a new worker at once, the first time', () => {
    const world = new FakeWorld().run(1_000)
    world.killWorker(1, 'SIGSEGV')
    expect(world.done('spawn-worker').at(-1)).toMatchObject({ slot: 1, at: 1_000 })
  })

  it('is followed by a new worker later and later while they keep dying young', () => {
    const world = new FakeWorld({
      rules: { workers: 1 },
      behave: () => ({ diesAfterMs: 100 }),
    }).run(300_000)
    const spawns = world.done('spawn-worker').map(({ at }) => at)
    const gaps = spawns.slice(1).map((at, index) => at - (spawns[index] ?? 0) - 150)
    expect(gaps[0]).toBe(0)
    expect(gaps[1]).toBeGreaterThanOrEqual(375)
    expect(gaps[1]).toBeLessThanOrEqual(625)
    expect(gaps.at(-1)).toBeGreaterThanOrEqual(22_500)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(37_500)
  })

  it('says once that the service is degraded, then keeps quiet', () => {
    const world = new FakeWorld({ behave: () => ({ diesAfterMs: 100 }) }).run(600_000)
    expect(world.told('degraded')).toHaveLength(1)
    expect(loudReports(world, { from: 60_000, to: 600_000 })).toBe(0)
  })

  it('loop of a slot that is not wanted any more says nothing about the others', () => {
    const world = new FakeWorld({
      rules: { workers: 4 },
      behave: ({ slot }) => (slot === 4 ? { diesAfterMs: 100 } : {}),
    }).run(20_000)
    expect(world.told('degraded')).toHaveLength(1)
    world.scaleTo(2).run(200_000).orderKill(1).run(200_000)
    expect(world.told('degraded')).toHaveLength(1)
  })

  it.each([2, 4])('loop of %i workers says less than thirty things in a minute', (workers) => {
    const world = new FakeWorld({ rules: { workers }, behave: () => ({ diesAfterMs: 100 }) }).run(
      60_000,
    )
    expect(loudReports(world, { from: 0, to: 60_000 })).toBeLessThan(30)
  })

  it.each([1, 2, 4, 16])(
    'loop of %i workers starts about thirty in a minute at most',
    (workers) => {
      const world = new FakeWorld({ rules: { workers }, behave: () => ({ diesAfterMs: 100 }) }).run(
        600_000,
      )
      const spawns = world.done('spawn-worker').slice(workers)
      expect(spawns.filter(({ at }) => at < 60_000).length).toBeLessThanOrEqual(30)
      for (let from = 60_000; from < 600_000; from += 60_000) {
        expect(
          spawns.filter(({ at }) => at >= from && at < from + 60_000).length,
        ).toBeLessThanOrEqual(13)
      }
    },
  )

  it('loop ends by itself when the code is mended', () => {
    const { world } = broken({ from: 0, to: 120_000, as: { diesAfterMs: 100 } })
    world.run(170_000)
    expect(world.ready).toHaveLength(2)
    expect(world.state.degraded).toBe(false)
    expect(world.told('recovered')).toEqual([{ type: 'recovered', ready: 2, target: 2 }])
  })

  it('loop leaves the healthy workers alone', () => {
    const { world } = broken({ from: 1, as: { boot: 'boot' } })
    world.run(20_000).killWorker(2).run(600_000)
    expect(world.ready).toEqual([1])
    expect(world.exitCode).toBeUndefined()
    expect(world.told('degraded')).toMatchObject([
      { slot: 2, ready: 1, target: 2, cause: { type: 'boot' } },
    ])
  })

  it('of a worker that had lived long is news each time, and followed at once', () => {
    const world = new FakeWorld({
      rules: { workers: 1 },
      behave: () => ({ diesAfterMs: 15_000 }),
    }).run(300_000)
    expect(world.told('respawn-delayed')).toEqual([])
    expect(world.told('degraded')).toEqual([])
    expect(world.told('worker-ended').filter(({ quiet }) => quiet)).toEqual([])
  })

  it('by SIGKILL from outside is followed by a new worker at once, time and again', () => {
    const world = new FakeWorld().run(1_000)
    for (let count = 0; count < 5; count += 1) {
      const victim = world.ready[0] ?? 0
      world.killWorker(victim)
      expect(world.done('spawn-worker').at(-1)?.at).toBe(world.now)
      world.run(1_000)
    }
    expect(world.told('worker-ended')).toHaveLength(5)
    expect(world.told('worker-ended')[0]).toMatchObject({
      cause: { type: 'signal', signal: 'SIGKILL' },
      lost: true,
    })
    expect(world.told('degraded')).toEqual([])
  })

  it('of all workers at once is made good at once', () => {
    const world = new FakeWorld({ rules: { workers: 4 } }).run(20_000)
    for (const id of world.alive) world.killWorker(id)
    expect(world.run(50).ready).toHaveLength(4)
  })

  it('of the code of TTIN leaves the others alone', () => {
    const { world } = broken({ from: 1_000, to: 100_000, as: { boot: 'boot' } })
    world.run(20_000).scale(1).run(50_000)
    expect(world.ready).toEqual([1, 2])
    expect(world.run(120_000).ready).toHaveLength(3)
  })

  it('loop is over for health when its slot is scaled away', () => {
    const { world } = broken({ from: 1_000, as: { boot: 'boot' } })
    world.run(20_000).scale(1).run(20_000)
    expect(world.state.degraded).toBe(true)
    expect(world.scale(-1).state.degraded).toBe(false)
  })

  it('of another slot, or for another reason, is told once while one is in a loop', () => {
    const { world } = broken({ from: 1_000, as: { boot: 'boot' } })
    world.run(20_000).killWorker(2).run(60_000)
    expect(world.state.degraded).toBe(true)
    const told = loudEnds(world)
    world.killWorker(1, 'SIGSEGV').run(30_000)
    // Slot 1 fails now as slot 2 does, which it has not before.
    expect(loudEnds(world).slice(told.length)).toEqual([
      { slot: 1, cause: { type: 'signal', signal: 'SIGSEGV' } },
      { slot: 1, cause: { type: 'boot', error: someError } },
    ])
    expect(loudReports(world.run(600_000), { from: world.now - 600_000, to: world.now })).toBe(0)
  })

  it('that was told is told again once its slot has been healthy', () => {
    const world = new FakeWorld({
      behave: ({ slot }) => (slot === 2 ? { diesAfterMs: 100 } : {}),
    }).run(60_000)
    const told = loudEnds(world).length
    for (let round = 0; round < 3; round += 1) {
      for (let again = 0; again < 2; again += 1)
        world.killWorker(world.ready[0] ?? 0, 'SIGSEGV').run(1_000)
      world.run(30_000)
    }
    expect(world.state.degraded).toBe(true)
    expect(loudEnds(world).slice(told)).toHaveLength(3)
  })

  it('of a whole fleet is not told slot by slot', () => {
    const world = new FakeWorld({
      rules: { workers: 64 },
      behave: () => ({ diesAfterMs: 100 }),
    }).run(60_000)
    expect(loudEnds(world)).toHaveLength(6)
  })

  it('loop that a reload mends is recovered from only when all workers serve', () => {
    const world = new FakeWorld({
      rules: { workers: 3 },
      behave: ({ generation }) => (generation === 1 ? { diesAfterMs: 100 } : { bootMs: 1_000 }),
    })
    world.run(60_000).reload().run(60_000)
    expect(world.generations).toEqual([2])
    expect(world.told('recovered')).toEqual([{ type: 'recovered', ready: 3, target: 3 }])
  })
})
