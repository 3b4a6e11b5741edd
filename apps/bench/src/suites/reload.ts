import { all, withWorkers } from '../entrants.ts'
import { reload } from '../measurements/reload.ts'
import type { Suite } from '../suite.ts'

export const reloadSuite: Suite = {
  name: 'reload',
  title: 'new code under load, two workers',
  groups: [{ entrants: withWorkers(2, all).filter(({ contender }) => contender.reload) }],
  measurements: [reload],
  apart: true,
  maxRounds: 2,
}
