import type { Measurement } from '../measurement.ts'
import { throughput } from './throughput.ts'

export const connectionPerRequest: Measurement = {
  name: 'connection-per-request throughput',
  unit: 'requests/s',
  better: 'higher',
  measure: (subject, conditions) => throughput(subject, { ...conditions, keepAlive: false }),
}
