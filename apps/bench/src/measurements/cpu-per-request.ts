import type { Measurement } from '../measurement.ts'
import { cpuTimeMs, descendants } from '../proc.ts'
import type { Server } from '../server.ts'
import { applyLoad } from './apply-load.ts'

/** What all processes of the server spend on a request: it hardly depends on what else the machine does meanwhile. */
export const cpuPerKeptRequest: Measurement = cpuPerRequest('CPU per kept request', {
  keepAlive: true,
})
export const cpuPerConnection: Measurement = cpuPerRequest('CPU per connection with its request', {
  keepAlive: false,
})

function cpuPerRequest(name: string, how: { readonly keepAlive: boolean }): Measurement {
  return {
    name,
    unit: 'µs',
    better: 'lower',
    async measure(subject, conditions) {
      const load = () => applyLoad(subject, { ...conditions, ...how })
      // Once to warm up: until V8 has compiled what is hot, everything costs more.
      await load()
      const before = cpuOf(subject.server)
      const { answers } = await load()
      return ((cpuOf(subject.server) - before) * 1_000) / answers
    },
  }
}

function cpuOf({ pid, workerPids }: Server): number {
  const pids = new Set([pid, ...descendants(pid), ...workerPids])
  return [...pids].reduce((sum, one) => sum + cpuTimeMs(one), 0)
}
