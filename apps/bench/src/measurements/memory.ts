import type { Measurement, Subject } from '../measurement.ts'
import { proportionalBytes, residentBytes } from '../proc.ts'
import { mean } from '../statistics.ts'

export const supervisorResident: Measurement = memory('RSS of the supervisor, at rest', (subject) =>
  subject.entrant.contender.supervises ? residentBytes(subject.server.pid) : undefined,
)

export const workerResident: Measurement = memory('RSS of a worker, at rest', ({ server }) =>
  mean(server.workerPids.map(residentBytes)),
)

/** All entrants are up at that time, so what all Node processes share is divided alike for all of them. */
export const workerProportional: Measurement = memory('PSS of a worker, at rest', ({ server }) =>
  mean(server.workerPids.map(proportionalBytes)),
)

export const loadedWorkerResident: Measurement = memory('RSS of a worker, after load', (subject) =>
  mean(subject.server.workerPids.map(residentBytes)),
)

const bytesPerMegabyte = 1_000_000

function memory(name: string, bytes: (subject: Subject) => number | undefined): Measurement {
  return {
    name,
    unit: 'MB',
    better: 'lower',
    async measure(subject) {
      const measured = bytes(subject)
      return measured === undefined ? undefined : measured / bytesPerMegabyte
    },
  }
}
