import { all, withWorkers } from '../entrants.ts'
import { cpuBound, largeAnswers } from '../measurements/throughput.ts'
import { warmUp } from '../measurements/warm-up.ts'
import type { Suite } from '../suite.ts'

export const payloadSuite: Suite = {
  name: 'payloads',
  title: 'large answers and real work, two workers',
  groups: [{ entrants: withWorkers(2, all) }],
  measurements: [warmUp, largeAnswers, cpuBound],
  maxRounds: 3,
}
