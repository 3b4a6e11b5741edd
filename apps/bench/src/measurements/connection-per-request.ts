import type { Measurement } from '../measurement.ts'
import { applyLoad } from './apply-load.ts'

export const connectionPerRequest: Measurement = {
  name: 'connection-per-request throughput',
  unit: 'requests/s',
  better: 'higher',
  async measure(subject, conditions) {
    const { perSecond } = await applyLoad(subject, { ...conditions, keepAlive: false })
    return perSecond
  },
}
