import { type MeasurementOfOne, measureOne } from '../measurement.ts'
import { applyLoad, type LoadShape } from './apply-load.ts'

export const keepAlive: MeasurementOfOne = throughput('keep-alive throughput')

export const connectionPerRequest: MeasurementOfOne = throughput(
  'connection-per-request throughput',
  {
    keepAlive: false,
  },
)

export const manyConnections: MeasurementOfOne = throughput('throughput of 1,000 connections', {
  connections: 1_000,
})

export const largeAnswers: MeasurementOfOne = throughput('throughput of answers of 100 KB', {
  path: '/large',
})

export const cpuBound: MeasurementOfOne = throughput('throughput of 1 ms of CPU work', {
  path: '/compute',
})

/** So many that waiting is not what limits them. */
const waiting = { connections: 512 }

export const waitingOnly: MeasurementOfOne = throughput('throughput of work that waits for 20 ms', {
  path: '/slow',
  ...waiting,
})

export const mixedWork: MeasurementOfOne = throughput(
  'throughput of work that takes 1 ms of CPU time and waits for 20 ms',
  { path: '/mixed', ...waiting },
)

export const blockingWork: MeasurementOfOne = throughput(
  'throughput of work that blocks for 20 ms',
  { path: '/blocking' },
)

function throughput(name: string, shape?: LoadShape): MeasurementOfOne {
  return measureOne({ name, unit: 'requests/s', better: 'higher' }, async (subject, conditions) => {
    const { perSecond } = await applyLoad(subject, conditions, shape)
    return perSecond
  })
}
