import type { Suite } from './suite.ts'
import { accessLogSuite } from './suites/access-log.ts'
import { classSuite } from './suites/classes.ts'
import { connectionSuite } from './suites/connections.ts'
import { idleSuite } from './suites/idle.ts'
import { latencySuite } from './suites/latency.ts'
import { metricsSuite } from './suites/metrics.ts'
import { payloadSuite } from './suites/payloads.ts'
import { recoverySuite } from './suites/recovery.ts'
import { reloadSuite } from './suites/reload.ts'
import { restSuite } from './suites/rest.ts'
import { sizingSuite } from './suites/sizing.ts'
import { throughputSuite } from './suites/throughput.ts'
import { workerSuite } from './suites/workers.ts'

/** Everything that is measured, in this order. */
export const suites: readonly Suite[] = [
  throughputSuite,
  latencySuite,
  reloadSuite,
  recoverySuite,
  connectionSuite,
  restSuite,
  classSuite,
  payloadSuite,
  workerSuite,
  sizingSuite,
  idleSuite,
  accessLogSuite,
  metricsSuite,
]
