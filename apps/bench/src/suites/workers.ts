import { allInJavaScript, withWorkers } from '../entrants.ts'
import { connectionPerRequest, keepAlive } from '../measurements/throughput.ts'
import { warmUp } from '../measurements/warm-up.ts'
import type { Suite } from '../suite.ts'

/** Two workers are in the suite of the throughput. */
export const workerSuite: Suite = {
  name: 'workers',
  title: 'throughput with 1, 4 and 8 workers',
  groups: [1, 4, 8].map((workers) => ({
    name: `-w ${workers}`,
    entrants: withWorkers(workers, allInJavaScript),
  })),
  measurements: [warmUp, keepAlive, connectionPerRequest],
  maxRounds: 2,
}
