import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Fleet } from '../src/fleet.ts'
import { createOrders, type Orders } from '../src/orders.ts'
import { type Behaviour, FakeWorld, someError, type WorldOptions } from './machine/fake-world.ts'
import { anyScript, behaviourOf, play } from './machine/scripts.ts'

/** An operator of a fleet on virtual time, in which worker N has the pid 1000 + N. */
interface Scene {
  readonly world: FakeWorld
  readonly orders: Orders
}

function start(options: WorldOptions = {}): Scene {
  const scene: { world?: FakeWorld } = {}
  const world = (): FakeWorld => {
    if (scene.world === undefined) throw new Error('not yet')
    return scene.world
  }
  const orders = createOrders({
    state: () => world().state,
    dispatch: (event) => void world().tell(event),
    fleet: { pid: (id) => 1_000 + id } as Fleet,
    settings: () => ({ workerClass: 'http' }) as never,
  })
  scene.world = new FakeWorld({
    ...options,
    hear: (report) => scene.world && orders.heard(report),
  })
  world().run(1_000)
  return { world: world(), orders }
}

/** What has become of a promise by now. */
async function endOf(promise: Promise<unknown>): Promise<unknown> {
  const pending = Symbol('pending')
  const turn = new Promise((resolve) => setImmediate(resolve, pending))
  try {
    const value = await Promise.race([promise, turn])
    return value === pending ? 'pending' : { done: value }
  } catch (error) {
    const { code, message } = error as { readonly code: string; readonly message: string }
    return { code, message }
  }
}

/** From worker 3 on, which is none of the first two, something is wrong with the code. */
function broken(behaviour: Behaviour): WorldOptions {
  return { behave: ({ id }) => (id > 2 ? behaviour : {}) }
}

describe('a reload that was ordered', () => {
  it('is done when all workers are new', async () => {
    const { world, orders } = start()
    const { generation, taken } = orders.reload()
    expect(generation).toBe(2)
    world.run(500)
    expect(await endOf(taken)).toBe('pending')
    world.run(10_000)
    expect(await endOf(taken)).toEqual({ done: undefined })
    expect(world.generations).toEqual([2])
  })

  it('fails with what is wrong with the settings', async () => {
    const { world, orders } = start({ readSettings: () => someError })
    const { taken } = orders.reload()
    world.run(100)
    expect(await endOf(taken)).toEqual({ code: 'reload-refused', message: 'the app threw' })
  })

  it('fails with what its first worker died of', async () => {
    const { world, orders } = start(broken({ boot: 'boot' }))
    const { taken } = orders.reload()
    world.run(1_000)
    expect(await endOf(taken)).toMatchObject({
      code: 'reload-failed',
      message: expect.stringMatching(/the app threw/),
    })
  })

  it('during another one is the one that follows, for all who ordered it', async () => {
    const { world, orders } = start()
    const [first, second, third] = [orders.reload(), orders.reload(), orders.reload()]
    expect([first, second, third].map(({ generation }) => generation)).toEqual([2, 3, 3])
    world.run(1_500)
    expect(await endOf(first.taken)).toEqual({ done: undefined })
    expect(await endOf(second.taken)).toBe('pending')
    world.run(10_000)
    expect(await endOf(second.taken)).toEqual({ done: undefined })
    expect(await endOf(third.taken)).toEqual({ done: undefined })
  })

  it('is stuck when its later workers keep dying', async () => {
    const { world, orders } = start({
      behave: ({ id }) => (id > 3 ? { boot: 'boot' } : {}),
    })
    const { taken } = orders.reload()
    world.run(30_000)
    expect(await endOf(taken)).toMatchObject({ code: 'reload-stuck' })
  })

  it('is over when the arbiter stops, and none begins after that', async () => {
    const { world, orders } = start()
    const { taken } = orders.reload()
    world.term().run(100)
    expect(await endOf(taken)).toMatchObject({ code: 'stopping' })
    expect(() => orders.reload()).toThrow(expect.objectContaining({ code: 'stopping' }))
  })
})

describe('a number of workers that was ordered', () => {
  it('is there when all are ready', async () => {
    const { world, orders } = start({ behave: () => ({ bootMs: 500 }) })
    const scaled = orders.scale(4)
    world.run(499)
    expect(await endOf(scaled)).toBe('pending')
    world.run(1)
    expect(await endOf(scaled)).toEqual({ done: undefined })
  })

  it('is there when those too many have left', async () => {
    const { world, orders } = start({ rules: { workers: 3 }, behave: () => ({ drainMs: 5_000 }) })
    const scaled = orders.scale(1)
    world.run(4_999)
    expect(await endOf(scaled)).toBe('pending')
    world.run(1)
    expect(await endOf(scaled)).toEqual({ done: undefined })
  })

  it('is there at once if nothing has to be done', async () => {
    expect(await endOf(start().orders.scale(2))).toEqual({ done: undefined })
  })

  it('fails with the cause when the new ones keep dying', async () => {
    const { world, orders } = start(broken({ boot: 'boot' }))
    const scaled = orders.scale(3)
    world.run(30_000)
    expect(await endOf(scaled)).toMatchObject({
      code: 'workers-die',
      message: expect.stringMatching(/the app threw/),
    })
    const again = orders.scale(4)
    world.run(30_000)
    expect(await endOf(again)).toMatchObject({ code: 'workers-die' })
  })

  it('gives way to another number', async () => {
    const { world, orders } = start({ behave: () => ({ bootMs: 500 }) })
    const first = orders.scale(4)
    world.scale(1)
    expect(await endOf(first)).toMatchObject({ code: 'superseded' })
    world.run(1_000)
    expect(world.ready).toHaveLength(5)
  })
})

describe('a restart that was ordered', () => {
  it('is done when the replacement is ready, whether the old one has left or not', async () => {
    const { world, orders } = start({ behave: () => ({ bootMs: 500, drainMs: 9_000 }) })
    const restarted = orders.restart(2)
    world.run(499)
    expect(await endOf(restarted)).toBe('pending')
    world.run(1)
    expect(await endOf(restarted)).toEqual({ done: { worker: 2, pid: 1_002, replacedBy: 1_003 } })
    expect(world.alive).toContain(2)
  })

  it('may name the worker by its pid', async () => {
    const { world, orders } = start()
    const restarted = orders.restart(1_001)
    world.run(1_000)
    expect(await endOf(restarted)).toMatchObject({ done: { worker: 1, pid: 1_001 } })
  })

  it('names who is there if nobody has that number or pid', async () => {
    const { orders } = start()
    await expect(orders.restart(9)).rejects.toMatchObject({
      code: 'no-such-worker',
      hint: 'There are: 1, 2.',
    })
  })

  it('of one that does not serve is refused', async () => {
    const { orders } = start({ behave: ({ id }) => (id === 2 ? { bootMs: 5_000 } : {}) })
    await expect(orders.restart(2)).rejects.toMatchObject({ code: 'not-serving' })
  })

  it('fails with the cause when the replacements keep dying', async () => {
    const { world, orders } = start(broken({ boot: 'boot' }))
    const restarted = orders.restart(1)
    world.run(30_000)
    expect(await endOf(restarted)).toMatchObject({ code: 'workers-die' })
    expect(world.ready).toEqual([1, 2])
  })

  it('is given up when there shall be fewer workers', async () => {
    const { world, orders } = start({ behave: () => ({ bootMs: 500 }) })
    const restarted = orders.restart(2)
    world.scaleTo(1).run(100)
    expect(await endOf(restarted)).toMatchObject({ code: 'superseded' })
  })
})

describe('a kill that was ordered', () => {
  it('is done when the worker is gone and its replacement ready', async () => {
    const { world, orders } = start({ behave: () => ({ bootMs: 500, killMs: 800 }) })
    const killed = orders.kill(1)
    world.run(799)
    expect(await endOf(killed)).toBe('pending')
    world.run(1)
    expect(await endOf(killed)).toEqual({ done: { worker: 1, pid: 1_001, replacedBy: 1_003 } })
  })

  it('of a surplus one is done when it is gone', async () => {
    const { world, orders } = start({ behave: () => ({ drainMs: 20_000 }) })
    world.scaleTo(1).run(100)
    const killed = orders.kill(2)
    world.run(100)
    expect(await endOf(killed)).toEqual({ done: { worker: 2, pid: 1_002 } })
  })

  it('of the first of a reload is done when it is gone; the reload has failed', async () => {
    const { world, orders } = start({ rules: { soakMs: 5_000 } })
    const { taken } = orders.reload()
    world.run(100)
    const killed = orders.kill(1_003)
    world.run(100)
    expect(await endOf(killed)).toEqual({ done: { worker: 1, pid: 1_003 } })
    expect(await endOf(taken)).toMatchObject({ code: 'reload-failed' })
  })
})

describe('whatever happens to a fleet', () => {
  const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 300)

  it('each order is told its end, once all is mended', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(anyScript, anyScript, orders, async (before, after, orderedLast) => {
        const { world, orders: given } = start({
          rules: before.rules,
          behave: behaviourOf(before),
        })
        play(world, before.acts)
        const ended = Promise.allSettled(
          [...firstOrders, ...orderedLast].map((order) => orderBy(given, order)),
        )
        play(world, after.acts)
        world.mend().run(150_000)
        expect(await endOf(ended)).not.toBe('pending')
      }),
      { numRuns, seed: Number(process.env['PROPERTY_SEED'] ?? 1) },
    )
  })
})

type Order = readonly ['reload' | 'scale' | 'restart' | 'kill', number]

const firstOrders: readonly Order[] = [['reload', 0]]
const orders: fc.Arbitrary<readonly Order[]> = fc.array(
  fc.tuple(fc.constantFrom('reload', 'scale', 'restart', 'kill'), fc.integer({ min: 1, max: 4 })),
  { minLength: 1, maxLength: 4 },
)

async function orderBy(given: Orders, [what, number]: Order): Promise<unknown> {
  if (what === 'reload') return await given.reload().taken
  return await given[what](number)
}
