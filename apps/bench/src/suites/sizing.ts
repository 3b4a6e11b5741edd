import { withWorkers } from '../entrants.ts'
import { nunicorn } from '../contenders/nunicorn.ts'
import { mixedLatency } from '../measurements/latency.ts'
import { totalProportional } from '../measurements/memory.ts'
import { blockingWork, cpuBound, mixedWork, waitingOnly } from '../measurements/throughput.ts'
import { warmUp } from '../measurements/warm-up.ts'
import type { Suite } from '../suite.ts'

export const sizingSuite: Suite = {
  name: 'sizing',
  title: 'how many workers for which work',
  groups: [{ entrants: [1, 2, 3, 4, 6, 8].flatMap((count) => withWorkers(count, [nunicorn])) }],
  measurements: [
    warmUp,
    cpuBound,
    waitingOnly,
    mixedWork,
    blockingWork,
    mixedLatency,
    totalProportional,
  ],
  maxRounds: 3,
}
