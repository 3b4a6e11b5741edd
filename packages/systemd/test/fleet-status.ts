import {
  type FleetStatus,
  noAnswers,
  noDurations,
  type Totals,
  type WorkerStatus,
} from '@nunicorn/contract'

export const totals: Totals = {
  requests: 0,
  answers: noAnswers,
  statuses: {},
  durations: noDurations,
  droppedOutput: 0,
  cpuSeconds: 0,
  boots: { count: 0, totalMs: 0, lastMs: 0 },
  ends: {},
  reloads: { finished: 0, refused: 0, failed: 0 },
}

/** A fleet with workers in these states. */
export function fleetOf(
  states: readonly WorkerStatus['state'][],
  more: Partial<FleetStatus> = {},
): FleetStatus {
  return {
    version: '0.0.0',
    name: 'app',
    app: 'app.ts',
    pid: 4711,
    at: 0,
    startedAt: 0,
    state: 'serving',
    generation: 1,
    target: 2,
    listeners: [],
    totals,
    workers: states.map((state, index) => ({
      number: index + 1,
      pid: 100 + index,
      generation: 1,
      state,
      workerClass: 'http',
      ageMs: 0,
      silentMs: 0,
      serves: [],
    })),
    ...more,
  }
}
