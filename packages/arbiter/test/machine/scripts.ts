import fc from 'fast-check'

import type { Rules } from '../../src/machine/index.ts'
import type { Behaviour, FakeWorld } from './fake-world.ts'

/** Something that befalls a fleet. `which` picks one of the workers that are there at that moment. */
export type Act =
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'suspend'; readonly ms: number }
  | { readonly type: 'scale'; readonly by: number }
  | { readonly type: 'scale-to'; readonly to: number }
  | { readonly type: 'reload' }
  | {
      readonly type: 'kill' | 'hang' | 'unhang' | 'retire' | 'restart' | 'order-kill'
      readonly which: number
    }
  | { readonly type: 'silence'; readonly which: number; readonly forMs: number }
  | { readonly type: 'count'; readonly which: number; readonly kept: number }
  | { readonly type: 'measure'; readonly which: number; readonly bytes: number }

/** A random life of a fleet. Worker N behaves as `behaviours[N]` says, round and round. */
export interface Script {
  readonly rules: Partial<Rules>
  readonly behaviours: readonly Behaviour[]
  readonly acts: readonly Act[]
  /** Whether the workers of the first boot are healthy at first, so that the script gets beyond it. */
  readonly startsWell: boolean
}

export function play(world: FakeWorld, acts: readonly Act[]): void {
  for (const act of acts) perform(world, act)
}

export function behaviourOf({
  behaviours,
  startsWell,
  rules,
}: Script): (order: { readonly id: number }) => Behaviour {
  return ({ id }) =>
    startsWell && id <= (rules.workers ?? 0) ? {} : (behaviours[id % behaviours.length] ?? {})
}

function perform(world: FakeWorld, act: Act): void {
  switch (act.type) {
    case 'wait':
      return void world.run(act.ms)
    case 'suspend':
      return void world.suspend(act.ms)
    case 'scale':
      return void world.scale(act.by)
    case 'scale-to':
      return void world.scaleTo(act.to)
    case 'reload':
      return void world.reload()
    default: {
      const id = world.alive[act.which % Math.max(1, world.alive.length)]
      if (id === undefined) return
      if (act.type === 'count') world.tell({ type: 'worker-beat', id, kept: act.kept })
      else if (act.type === 'measure') world.tell({ type: 'worker-measured', id, bytes: act.bytes })
      else if (act.type === 'silence') world.tell({ type: 'silence-granted', id, forMs: act.forMs })
      else if (act.type === 'kill') world.killWorker(id)
      else if (act.type === 'order-kill') world.orderKill(id)
      else if (act.type === 'retire')
        world.tell({ type: 'worker-asked-to-retire', id, reason: 'max-requests' })
      else world[act.type](id)
    }
  }
}

const rules = fc.record({
  workers: fc.integer({ min: 1, max: 4 }),
  timeoutMs: fc.constantFrom(2_000, 5_000, 30_000),
  gracefulTimeoutMs: fc.constantFrom(0, 1_000, 10_000),
  drainDelayMs: fc.constantFrom(0, 3_000),
  bootTimeoutMs: fc.constantFrom(1_000, 5_000),
  soakMs: fc.constantFrom(0, 500, 3_000),
  beatMs: fc.constantFrom(500, 1_000),
  maxMemoryBytes: fc.constantFrom(0, 100),
  maxMemoryHardBytes: fc.constantFrom(0, 200),
})

const soon = fc.integer({ min: 50, max: 3_000 })
const sometimes = { freq: 3, nil: undefined } as const

const healthy: fc.Arbitrary<Behaviour> = fc.record({
  bootMs: soon,
  drainMs: fc.integer({ min: 0, max: 500 }),
})

const anyhow: fc.Arbitrary<Behaviour> = fc
  .record({
    bootMs: soon,
    boot: fc.constantFrom('ready', 'ready', 'ready', 'ready', 'boot', 'app-load', 'never'),
    diesAfterMs: fc.option(fc.integer({ min: 0, max: 15_000 }), sometimes),
    hangsAfterMs: fc.option(soon, sometimes),
    hangMs: fc.option(fc.integer({ min: 0, max: 10_000 }), sometimes),
    retiresAfterMs: fc.option(soon, sometimes),
    drainMs: fc.option(fc.constantFrom(0, 500, 5_000, Infinity), sometimes),
    verdict: fc.constantFrom('spinning', 'blocked', 'stopped', 'starved', 'debugged', 'unknown'),
    diagnosisMs: fc.constantFrom(0, 300, 2_900, Infinity),
    killMs: fc.constantFrom(0, 5, 2_000),
    lingers: fc.boolean(),
  } as const)
  .map((behaviour) =>
    Object.fromEntries(Object.entries(behaviour).filter(([, value]) => value !== undefined)),
  )

const wait: fc.Arbitrary<Act> = fc.record({
  type: fc.constant('wait'),
  ms: fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 8_000 })),
})
const suspend: fc.Arbitrary<Act> = fc.record({
  type: fc.constant('suspend'),
  ms: fc.nat({ max: 40_000 }),
})
const scale: fc.Arbitrary<Act> = fc.record({
  type: fc.constant('scale'),
  by: fc.constantFrom(-1, 1),
})
const reload: fc.Arbitrary<Act> = fc.constant({ type: 'reload' })
const scaleTo: fc.Arbitrary<Act> = fc.record({
  type: fc.constant('scale-to'),
  to: fc.integer({ min: 1, max: 5 }),
})
const restart: fc.Arbitrary<Act> = fc.record({
  type: fc.constant('restart'),
  which: fc.nat({ max: 9 }),
})
const silence: fc.Arbitrary<Act> = fc.record({
  type: fc.constant('silence'),
  which: fc.nat({ max: 9 }),
  forMs: fc.constantFrom(0, 2_000, 20_000),
})
const toOne: fc.Arbitrary<Act> = fc.record({
  type: fc.constantFrom('kill', 'hang', 'unhang', 'retire', 'restart', 'order-kill'),
  which: fc.nat({ max: 9 }),
})
const retire: fc.Arbitrary<Act> = fc.record({
  type: fc.constant('retire'),
  which: fc.nat({ max: 9 }),
})

/** Over the soft limit. */
const grow: fc.Arbitrary<Act> = fc.record({
  type: fc.constant('measure'),
  which: fc.nat({ max: 9 }),
  bytes: fc.constant(150),
})
const measure: fc.Arbitrary<Act> = fc.record({
  type: fc.constant('measure'),
  which: fc.nat({ max: 9 }),
  bytes: fc.nat({ max: 250 }),
})

const count: fc.Arbitrary<Act> = fc.record({
  type: fc.constant('count'),
  which: fc.nat({ max: 9 }),
  kept: fc.nat({ max: 50 }),
})

/** Everything goes wrong that can. */
export const anyScript: fc.Arbitrary<Script> = fc.record({
  rules,
  behaviours: fc.array(anyhow, { minLength: 1, maxLength: 8 }),
  acts: fc.array(
    fc.oneof(wait, wait, suspend, scale, scaleTo, reload, toOne, silence, measure, count),
    {
      maxLength: 20,
    },
  ),
  startsWell: fc.boolean(),
})

/** Reloads, scaling and retirements of a healthy fleet: nobody dies. */
export const peacefulScript: fc.Arbitrary<Script> = fc.record({
  rules: rules.map((some) => ({ ...some, bootTimeoutMs: 60_000 })),
  behaviours: fc.array(healthy, { minLength: 1, maxLength: 8 }),
  acts: fc.array(
    fc.oneof(wait, wait, scale, scaleTo, reload, retire, restart, silence, grow, count),
    { maxLength: 20 },
  ),
  startsWell: fc.constant(true),
})

/** Workers that fail young, time and again. */
export const failingScript: fc.Arbitrary<Script> = fc.record({
  rules: fc.record({ workers: fc.integer({ min: 1, max: 8 }) }),
  behaviours: fc.array(
    fc.record({
      bootMs: soon,
      boot: fc.constantFrom('ready', 'boot'),
      diesAfterMs: fc.nat({ max: 5_000 }),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  acts: fc.constant([{ type: 'wait', ms: 120_000 }]),
  startsWell: fc.constant(true),
})
