import type { Measurement } from '../measurement.ts'
import { applyLoad } from './apply-load.ts'

/** Measures nothing: until V8 has compiled what is hot, everything costs more. */
export const warmUp: Measurement = {
  quantities: [],
  async measure(subject, conditions) {
    await applyLoad(subject, conditions)
    return new Map()
  },
}
