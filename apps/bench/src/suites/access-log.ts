import { withWorkers } from '../entrants.ts'
import { logged, loggedAsJson } from '../contenders/logged.ts'
import { nunicorn } from '../contenders/nunicorn.ts'
import { cpuPerKeptRequest } from '../measurements/cpu-per-request.ts'
import { keepAlive } from '../measurements/throughput.ts'
import { warmUp } from '../measurements/warm-up.ts'
import type { Suite } from '../suite.ts'

export const accessLogSuite: Suite = {
  name: 'access-log',
  title: 'what an access log costs at full speed, two workers',
  groups: [{ entrants: withWorkers(2, [nunicorn, logged, loggedAsJson]) }],
  measurements: [warmUp, cpuPerKeptRequest, { ...keepAlive, perRound: 2 }],
}
