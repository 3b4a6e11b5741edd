import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'

import type { State } from '../../src/machine/index.ts'
import { FakeWorld, type WorldOptions } from './fake-world.ts'
import {
  anyScript,
  behaviourOf,
  failingScript,
  peacefulScript,
  play,
  type Script,
} from './scripts.ts'

/** The same scripts each time, so that a failure is a change's doing; after a change of the machine give other seeds. */
const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 400)
fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 1) })
// Work, not waiting: so many scripts take a busy machine longer than vitest's 5 s.
vi.setConfig({ testTimeout: 60_000 })

/** The rules of `invariants.ts` are checked after each step of each script. */
describe('whatever happens to a fleet', () => {
  it('TERM ends it within the drain delay, the graceful timeout and a few seconds, once', () => {
    fc.assert(
      fc.property(anyScript, (script) => {
        const world = live(script)
        const endedBefore = world.exitCode !== undefined
        const { drainDelayMs = 0, gracefulTimeoutMs = 0 } = script.rules
        world.term().run(drainDelayMs + gracefulTimeoutMs + 5_000)
        expect(world.done('exit')).toHaveLength(1)
        expect(endedBefore ? [3, 4] : [0, 3, 4]).toContain(world.exitCode)
      }),
      { numRuns },
    )
  })

  it('a second TERM, or a third where there is a drain delay, ends it within the moment that a process needs to die', () => {
    fc.assert(
      fc.property(anyScript, (script) => {
        const world = live(script).term().run(100).term().run(100)
        if (script.rules.drainDelayMs) world.term()
        expect([143, 3, 4, 0]).toContain(world.run(4_100).exitCode)
      }),
      { numRuns },
    )
  })

  it('once all is mended it has its workers again, of one generation, and no reload hangs', () => {
    fc.assert(
      fc.property(anyScript, (script) => {
        const world = live(script)
        fc.pre(world.state.phase === 'running' && world.state.everReady)
        world.mend().run(100_000)
        const { target, workers } = world.state
        expect(world.ready).toHaveLength(target)
        expect(world.alive).toHaveLength(target)
        expect(world.generations).toHaveLength(1)
        expect(new Set(workers.map(({ slot }) => slot)).size).toBe(target)
        expect(world.state).toMatchObject({ reload: undefined, followUp: false, degraded: false })
      }),
      { numRuns },
    )
  })

  it('the machine never spins', () => {
    fc.assert(
      fc.property(anyScript, (script) => {
        const seconds = Map.groupBy(live(script).ticks, (at) => Math.floor(at / 1_000))
        for (const ticks of seconds.values()) expect(ticks.length).toBeLessThanOrEqual(10)
      }),
      { numRuns },
    )
  })
})

describe('a fleet in which nobody dies', () => {
  it('never has fewer ready workers than are wanted, once it had them', () => {
    fc.assert(
      fc.property(peacefulScript, (script) => {
        let floor = 0
        const observe = (state: State): void => {
          const served = servedSlots(state)
          floor = served >= state.target ? state.target : Math.min(floor, state.target)
          expect(served).toBeGreaterThanOrEqual(floor)
        }
        const world = live(script, { observe }).run(60_000)
        expect(world.ready).toHaveLength(world.state.target)
        expect(world.told('worker-ended').filter(({ lost }) => lost)).toEqual([])
        expect(world.done('signal-worker')).toEqual([])
      }),
      { numRuns },
    )
  })
})

describe('a fleet that fails young', () => {
  it('is not restarted faster than the budget allows', () => {
    fc.assert(
      fc.property(failingScript, (script) => {
        const workers = script.rules.workers ?? 0
        const world = live(script)
        expect(world.done('spawn-worker').length - workers).toBeLessThanOrEqual(
          Math.max(10, workers) + 120 / 5 + 1,
        )
      }),
      { numRuns: numRuns / 4 },
    )
  })
})

function live(script: Script, options: WorldOptions = {}): FakeWorld {
  const world = new FakeWorld({ rules: script.rules, behave: behaviourOf(script), ...options })
  play(world, script.acts)
  return world
}

/** How many of the wanted slots have a ready worker; a canary beside it counts for nothing. */
function servedSlots({ workers, target }: State): number {
  return new Set(
    workers
      .filter(({ phase, slot }) => phase === 'ready' && slot <= target)
      .map(({ slot }) => slot),
  ).size
}
