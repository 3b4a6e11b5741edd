import { all, withWorkers } from '../entrants.ts'
import { recovery } from '../measurements/recovery.ts'
import type { Suite } from '../suite.ts'

/** Without those who restart nobody, and those whose workers are threads: to kill one is to kill all. */
export const recoverySuite: Suite = {
  name: 'recovery',
  title: 'one of two workers is killed under load',
  groups: [
    {
      entrants: withWorkers(2, all).filter(({ contender }) => contender.supervisor === 'process'),
    },
  ],
  measurements: [recovery],
  apart: true,
  maxRounds: 3,
}
