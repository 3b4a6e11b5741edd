import { type MeasurementOfOne, measureOne, type Subject } from '../measurement.ts'
import { descendants, proportionalBytes, residentBytes } from '../proc.ts'
import { mean } from '../statistics.ts'

export const supervisorResident: MeasurementOfOne = memory(
  'RSS of the supervisor, at rest',
  (subject) => (hasSupervisor(subject) ? residentBytes(subject.server.pid) : undefined),
)

/** Threads have no memory that could be told from that of their process. */
export const workerResident: MeasurementOfOne = memory('RSS of a worker, at rest', (subject) =>
  hasProcesses(subject) ? meanOf(subject, residentBytes) : undefined,
)

/** All entrants are up at that time, so what all Node processes share is divided alike for all of them. */
export const workerProportional: MeasurementOfOne = memory('PSS of a worker, at rest', (subject) =>
  hasProcesses(subject) ? meanOf(subject, proportionalBytes) : undefined,
)

export const totalProportional: MeasurementOfOne = memory(
  'PSS of all processes, at rest',
  ({ server: { pid } }) =>
    [pid, ...descendants(pid)].map(proportionalBytes).reduce((sum, bytes) => sum + bytes, 0),
)

export const loadedWorkerResident: MeasurementOfOne = memory(
  'RSS of a worker, after load',
  (subject) => (hasProcesses(subject) ? meanOf(subject, residentBytes) : undefined),
)

export const loadedWorkerProportional: MeasurementOfOne = memory(
  'PSS of a worker, after load',
  (subject) => (hasProcesses(subject) ? meanOf(subject, proportionalBytes) : undefined),
)

const bytesPerMegabyte = 1_000_000

function memory(name: string, bytes: (subject: Subject) => number | undefined): MeasurementOfOne {
  return measureOne({ name, unit: 'MB', better: 'lower' }, async (subject) => {
    const measured = bytes(subject)
    return measured === undefined ? undefined : measured / bytesPerMegabyte
  })
}

function hasSupervisor({ entrant }: Subject): boolean {
  return entrant.contender.supervisor === 'process'
}

function hasProcesses({ entrant }: Subject): boolean {
  return entrant.contender.supervisor !== 'same-process'
}

function meanOf({ server }: Subject, bytes: (pid: number) => number): number {
  return mean(server.workerPids.map(bytes))
}
