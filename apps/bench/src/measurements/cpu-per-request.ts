import { type MeasurementOfOne, measureOne } from '../measurement.ts'
import { cpuTimeMs, descendants } from '../proc.ts'
import type { Server } from '../server.ts'
import { applyLoad, type LoadShape } from './apply-load.ts'

/** What all processes of the server spend on a request: it hardly depends on what else the machine does meanwhile. */
export const cpuPerKeptRequest: MeasurementOfOne = cpuPerRequest('CPU per kept request')

export const cpuPerConnection: MeasurementOfOne = cpuPerRequest(
  'CPU per connection with its request',
  {
    keepAlive: false,
  },
)

function cpuPerRequest(name: string, shape?: LoadShape): MeasurementOfOne {
  return measureOne({ name, unit: 'µs', better: 'lower' }, async (subject, conditions) => {
    const before = cpuOf(subject.server)
    const { answers } = await applyLoad(subject, conditions, shape)
    return ((cpuOf(subject.server) - before) * 1_000) / answers
  })
}

function cpuOf({ pid, workerPids }: Server): number {
  const pids = new Set([pid, ...descendants(pid), ...workerPids])
  return [...pids].reduce((sum, one) => sum + cpuTimeMs(one), 0)
}
