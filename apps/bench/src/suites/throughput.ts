import { all, bareNode, withWorkers } from '../entrants.ts'
import { cpuPerConnection, cpuPerKeptRequest } from '../measurements/cpu-per-request.ts'
import { connectionPerRequest, keepAlive } from '../measurements/throughput.ts'
import { warmUp } from '../measurements/warm-up.ts'
import type { Suite } from '../suite.ts'

export const throughputSuite: Suite = {
  name: 'throughput',
  title: 'how many requests two workers answer, and what each costs',
  groups: [{ entrants: [bareNode, ...withWorkers(2, all)] }],
  // Under either load the CPU comes first, which warms up for the throughput.
  measurements: [
    warmUp,
    cpuPerKeptRequest,
    { ...keepAlive, perRound: 2 },
    cpuPerConnection,
    { ...connectionPerRequest, perRound: 2 },
  ],
}
