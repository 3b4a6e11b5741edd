import {
  type Effect,
  type Event,
  initialState,
  type Rules,
  type State,
  step,
} from './machine/index.ts'
import type { Clock } from './ports.ts'

/** Runs the machine: one event at a time, and a tick whenever it asked for one. */
export interface Engine {
  readonly state: Readonly<State>
  dispatch(event: Event): void
}

export function createEngine({
  rules,
  clock,
  perform,
}: {
  readonly rules: Rules
  readonly clock: Clock
  readonly perform: (effect: Effect) => void
}): Engine {
  const inbox: Event[] = []
  let state = initialState(rules, clock.now())
  let busy = false

  /** What happens while effects are performed waits its turn. */
  function dispatch(event: Event): void {
    inbox.push(event)
    if (busy) return
    busy = true
    try {
      for (let next = inbox.shift(); next !== undefined; next = inbox.shift()) take(next)
    } finally {
      busy = false
    }
  }

  function take(event: Event): void {
    if (state.phase === 'stopped') return
    const { state: after, effects, wakeAt } = step(state, event, clock.now())
    state = after
    for (const effect of effects) perform(effect)
    if (state.phase === 'stopped') clock.stop()
    else clock.wake(wakeAt, () => dispatch({ type: 'ticked' }))
  }

  return {
    get state() {
      return state
    },
    dispatch,
  }
}
