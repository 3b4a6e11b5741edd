import type { Measurement } from '../measurement.ts'
import { throughput } from './throughput.ts'

export const keepAlive: Measurement = {
  name: 'keep-alive throughput',
  unit: 'requests/s',
  better: 'higher',
  measure: (subject, conditions) => throughput(subject, { ...conditions, keepAlive: true }),
}
