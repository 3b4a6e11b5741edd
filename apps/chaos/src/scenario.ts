import type { Deployed } from './build.ts'
import type { Check } from './checks.ts'
import type { Facts } from './facts.ts'
import type { Stage } from './stage.ts'
import type { Ability } from './system.ts'
import type { Tool } from './faults/tools.ts'

/** How a server is set up for a scenario; what is missing is as the bar has it (2 workers, `timeout` 3 s). */
export interface Setup {
  readonly workers?: number
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly build?: Deployed
  readonly files?: Readonly<Record<string, string>>
  /** Nobody waits until it answers: the scenario is about its start. */
  readonly unready?: boolean
}

/** One row of the bar, made executable. What injects it and what judges it know nothing of each other but the facts. */
export interface Scenario<Seen extends Facts = Facts> {
  readonly row: number
  /** What a system must be able to do for the row to make sense. */
  readonly needs?: readonly Ability[]
  /** It asks for routes that only the JavaScript app has. */
  readonly routes?: 'all'
  /** What this machine must have. */
  readonly tools?: readonly Tool[]
  readonly setup?: Setup
  /** Each repeat gets a server of its own: this one remembers crashes, and waits longer after each. */
  readonly fresh?: boolean
  /** The server does not outlive it: each repeat gets one of its own, and the scenario sees to its end. */
  readonly ends?: boolean
  /** How often, where one repeat takes long or the row is not about loss (5; the short form 1). */
  readonly repeats?: number
  inject(stage: Stage): Promise<Seen>
  /** Pure. */
  judge(seen: Seen): readonly Check[]
}

export function defineScenario<Seen extends Facts>(scenario: Scenario<Seen>): Scenario {
  // Each scenario's judge sees only what its own injection has returned.
  return scenario
}
