import type { Measurement } from './measurement.ts'
import { connectionPerRequest } from './measurements/connection-per-request.ts'
import { connectionSpread } from './measurements/connection-spread.ts'
import { cpuPerConnection, cpuPerKeptRequest } from './measurements/cpu-per-request.ts'
import { firstAnswer } from './measurements/first-answer.ts'
import { keepAlive } from './measurements/keep-alive.ts'
import {
  loadedWorkerResident,
  supervisorResident,
  workerProportional,
  workerResident,
} from './measurements/memory.ts'
import { supervisorIdle } from './measurements/supervisor-idle.ts'

/**
 * Everything that is measured in a round, in this order: at rest, under load, after it. Under either load the CPU comes
 * first, which warms up for the throughput.
 */
export const measurements: readonly Measurement[] = [
  connectionSpread,
  supervisorResident,
  workerResident,
  workerProportional,
  supervisorIdle,
  firstAnswer,
  cpuPerKeptRequest,
  keepAlive,
  cpuPerConnection,
  connectionPerRequest,
  loadedWorkerResident,
]
