import { supervisors, withWorkers } from '../entrants.ts'
import { idle } from '../measurements/idle.ts'
import type { Suite } from '../suite.ts'

/** One after the other: they need gigabytes. */
export const idleSuite: Suite = {
  name: 'idle',
  title: 'what 64 workers take while nothing happens',
  groups: [{ entrants: withWorkers(64, supervisors) }],
  measurements: [idle],
  apart: true,
  maxRounds: 1,
}
