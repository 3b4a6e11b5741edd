import type { Measurement } from '../measurement.ts'
import { applyLoad } from './apply-load.ts'

export const keepAlive: Measurement = {
  name: 'keep-alive throughput',
  unit: 'requests/s',
  better: 'higher',
  async measure(subject, conditions) {
    const { perSecond } = await applyLoad(subject, { ...conditions, keepAlive: true })
    return perSecond
  },
}
