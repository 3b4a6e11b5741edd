import { type FleetStatus, noAnswers, noDurations, type WorkerStatus } from '@nunicorn/contract'
import { describe, expect, it } from 'vitest'

import { describeProbe, type Probe, probe } from '../src/health.ts'

function fleet({
  state = 'serving',
  workers = ['ready'],
  boots = 1,
}: {
  readonly state?: FleetStatus['state']
  readonly workers?: readonly WorkerStatus['state'][]
  readonly boots?: number
}): FleetStatus {
  return {
    version: '1',
    name: 'shop',
    app: 'app.js',
    pid: 1,
    at: 0,
    startedAt: 0,
    state,
    generation: 1,
    target: 2,
    listeners: [],
    workers: workers.map((its, index) => ({
      number: index + 1,
      pid: index + 2,
      generation: 1,
      state: its,
      workerClass: 'http',
      ageMs: 1,
      silentMs: 1,
      serves: [],
    })),
    totals: {
      requests: 0,
      answers: noAnswers,
      statuses: {},
      durations: noDurations,
      droppedOutput: 0,
      cpuSeconds: 0,
      boots: { count: boots, totalMs: 0, lastMs: 0 },
      ends: {},
      reloads: { finished: 0, refused: 0, failed: 0 },
    },
  }
}

function well(which: Probe, given: Parameters<typeof fleet>[0]): boolean {
  return describeProbe(which, probe(which, fleet(given)), { verbose: false }).isWell
}

describe('ready', () => {
  it.each([
    { state: 'serving', workers: ['ready', 'ready'] },
    { state: 'serving', workers: ['suspect', 'ready'] },
    { state: 'degraded', workers: ['booting', 'ready'] },
    { state: 'serving', workers: ['draining', 'ready', 'booting'] },
  ] as const)('is %o', (given) => {
    expect(well('readyz', given)).toBe(true)
  })

  it.each([
    { state: 'starting', workers: ['booting'], boots: 0 },
    { state: 'serving', workers: ['suspect', 'suspect'] },
    { state: 'serving', workers: ['booting', 'draining', 'ending'] },
    { state: 'serving', workers: [] },
    { state: 'degraded', workers: ['booting'] },
    { state: 'leaving', workers: ['ready', 'ready'] },
    { state: 'stopping', workers: ['draining', 'ready'] },
  ] as const)('is not %o', (given) => {
    expect(well('readyz', given)).toBe(false)
  })
})

it('whatever becomes of the workers, it is live, and started once one has been ready', () => {
  for (const state of ['starting', 'serving', 'degraded', 'leaving', 'stopping'] as const) {
    expect(well('livez', { state, workers: [], boots: 0 })).toBe(true)
    expect(well('startupz', { state, workers: ['suspect'] })).toBe(true)
    expect(well('startupz', { state, workers: ['booting'], boots: 0 })).toBe(false)
  }
})
