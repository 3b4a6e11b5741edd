import {
  type FleetStatus,
  noAnswers,
  noDurations,
  type Totals,
  type WorkerSample,
  type WorkerStatus,
} from '@nunicorn/contract'

export const noTotals: Totals = {
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

export function fleet(more: Partial<FleetStatus> = {}): FleetStatus {
  return {
    version: '1.2.3',
    name: 'shop',
    app: 'app.js',
    pid: 100,
    at: 1_700_000_060_000,
    startedAt: 1_700_000_000_000,
    state: 'serving',
    generation: 1,
    target: 2,
    listeners: ['http://127.0.0.1:8000'],
    workers: [worker(1), worker(2)],
    totals: noTotals,
    ...more,
  }
}

export function worker(number: number, more: Partial<WorkerStatus> = {}): WorkerStatus {
  return {
    number,
    pid: 100 + number,
    generation: 1,
    state: 'ready',
    workerClass: 'http',
    ageMs: 60_000,
    bootMs: 250,
    silentMs: 500,
    serves: [number],
    sample: sample(),
    ...more,
  }
}

export function sample(more: Partial<WorkerSample> = {}): WorkerSample {
  return {
    requests: 10,
    inFlight: 3,
    connections: 5,
    droppedOutput: 0,
    rssBytes: 50_000_000,
    heapUsedBytes: 10_000_000,
    heapLimitBytes: 4_000_000_000,
    utilisation: 0.25,
    loopDelayMs: 12,
    cpuSeconds: 1.5,
    ...more,
  }
}
