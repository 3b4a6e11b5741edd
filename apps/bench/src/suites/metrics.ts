import { nunicorn } from '../contenders/nunicorn.ts'
import { scraped } from '../contenders/scraped.ts'
import { withWorkers } from '../entrants.ts'
import { cpuPerKeptRequest } from '../measurements/cpu-per-request.ts'
import { keepAlive } from '../measurements/throughput.ts'
import { warmUp } from '../measurements/warm-up.ts'
import type { Suite } from '../suite.ts'

export const metricsSuite: Suite = {
  name: 'metrics',
  title: 'what it costs that metrics are read once a second, two workers',
  groups: [{ entrants: withWorkers(2, [nunicorn, scraped]) }],
  measurements: [warmUp, cpuPerKeptRequest, { ...keepAlive, perRound: 4 }],
}
