import type { Effect, Event, State, Worker } from '../../src/machine/index.ts'
import { isLive } from '../../src/machine/index.ts'

/** One step, seen from outside. */
export interface Taken {
  readonly before: State
  readonly event: Event
  readonly now: number
  readonly state: State
  readonly effects: readonly Effect[]
  readonly wakeAt: number
}

/** What must hold after each step of every script, whatever happens in it. */
export function checkStep(taken: Taken): void {
  for (const [rule, holds] of Object.entries(rules)) {
    if (!holds(taken))
      throw new Error(
        `broken at ${taken.now} ms by ${JSON.stringify(taken.event)}: ${rule}\n${describe(taken)}`,
      )
  }
}

const rules: Record<string, (taken: Taken) => boolean> = {
  'the machine asks to be woken soon, and never in the past': ({ now, wakeAt }) =>
    wakeAt > now && wakeAt <= now + 1_000,

  'nobody is signalled after SIGKILL': ({ before, effects }) =>
    effects.every((effect) => effect.type !== 'signal-worker' || !find(before, effect.id)?.killed),

  'nobody gets SIGABRT and SIGKILL in one step, nor either twice': ({ effects }) => {
    const ids = effects.flatMap((effect) => (effect.type === 'signal-worker' ? [effect.id] : []))
    return new Set(ids).size === ids.length
  },

  'at most one worker more than wanted boots': ({ state }) =>
    state.workers.filter((worker) => worker.phase === 'booting').length <= state.target + 1,

  'a slot has at most three live workers': ({ state }) =>
    state.workers.every(
      ({ slot }) =>
        state.workers.filter((worker) => isLive(worker) && worker.slot === slot).length <= 3,
    ),

  'a stopping arbiter starts nothing': ({ state, effects }) =>
    state.phase === 'running' || effects.every((effect) => effect.type !== 'spawn-worker'),

  'the end is said once, when all are gone': ({ before, state, effects }) => {
    const exits = effects.filter((effect) => effect.type === 'exit').length
    return (
      exits === (before.phase !== 'stopped' && state.phase === 'stopped' ? 1 : 0) &&
      (exits === 0 || state.workers.length === 0)
    )
  },

  'only those who serve have slots': ({ state }) =>
    state.workers.every((worker) => isLive(worker) || worker.serves.length === 0),

  'each open slot is served whenever anybody is ready': ({ state }) => {
    const ready = state.workers.filter((worker) => worker.phase === 'ready')
    if (state.phase !== 'running' || ready.length === 0) return true
    const healthy = ready.filter((worker) => !worker.suspect)
    const serving = healthy.length > 0 ? healthy : ready
    return slots(state).every(
      (slot) =>
        serving.filter((worker) => worker.serves.includes(slot)).length ===
        Math.min(2, serving.length),
    )
  },

  'at most one worker at a time is replaced for its memory': ({ state }) =>
    state.workers.filter((worker) => worker.retiring === 'memory').length <= 1,

  'only who serves lets connections go, and never all of them': ({ state, effects }) =>
    effects.every((effect) => {
      if (effect.type !== 'shed-connections') return true
      const worker = find(state, effect.id)
      return (
        worker?.phase === 'ready' &&
        !worker.suspect &&
        // Of none: who is told of nothing else beats once more.
        (effect.count === 0 || effect.count < (worker.kept ?? 0))
      )
    }),

  'a wanted slot that is served loses its last worker only to a death': ({
    before,
    event,
    state,
  }) => {
    if (state.phase !== 'running' || event.type === 'worker-exited') return true
    const kept = state.workers.filter(
      (worker) => worker.phase === 'ready' || worker.phase === 'ending',
    )
    const served = before.workers.filter(
      (worker) => worker.phase === 'ready' && worker.slot <= state.target,
    )
    return served.every(({ slot }) => kept.some((worker) => worker.slot === slot))
  },
}

function find(state: State, id: number): Worker | undefined {
  return state.workers.find((worker) => worker.id === id)
}

function slots(state: State): readonly number[] {
  return Array.from({ length: state.openSlots }, (_, index) => index + 1)
}

function describe({ before, state, effects }: Taken): string {
  return [before, state, effects].map((part) => JSON.stringify(part)).join('\n')
}
