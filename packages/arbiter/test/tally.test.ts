import { noAnswers, noDurations, type WorkerSample } from '@nunicorn/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createTally } from '../src/tally.ts'

function sample(requests: number, more: Partial<WorkerSample> = {}): WorkerSample {
  return {
    requests,
    inFlight: 0,
    connections: 0,
    rssBytes: 1,
    heapUsedBytes: 1,
    heapLimitBytes: 1,
    utilisation: 0,
    loopDelayMs: 0,
    cpuSeconds: 0,
    droppedOutput: 0,
    ...more,
  }
}

describe('a tally', () => {
  it('begins with nothing', () => {
    expect(createTally().totals()).toEqual({
      requests: 0,
      answers: noAnswers,
      statuses: {},
      durations: noDurations,
      droppedOutput: 0,
      cpuSeconds: 0,
      boots: { count: 0, totalMs: 0, lastMs: 0 },
      ends: {},
      reloads: { finished: 0, refused: 0, failed: 0 },
    })
  })

  it('adds up what the living count, each by its last word', () => {
    const tally = createTally()
    tally.sample(1, sample(5))
    tally.sample(1, sample(7, { droppedOutput: 2 }))
    tally.sample(2, sample(10, { answers: { ...noAnswers, '2xx': 9, aborted: 1 } }))
    expect(tally.totals()).toMatchObject({
      requests: 17,
      droppedOutput: 2,
      answers: { '2xx': 9, aborted: 1, '5xx': 0 },
    })
  })

  it('never falls when a worker says less than before, or says nothing', () => {
    const tally = createTally()
    const counts = noDurations.counts.with(3, 4)
    const durations = { counts, sumSeconds: 1.5 }
    tally.sample(1, sample(50, { statuses: { 200: 7 }, durations, cpuSeconds: 2 }))
    const before = tally.totals()
    tally.sample(1, sample(0))
    tally.sample(1, sample(3, { statuses: { 200: 1 }, durations: noDurations, cpuSeconds: 1 }))
    expect(tally.totals()).toEqual(before)
    tally.sample(1, sample(51, { statuses: { 200: 8 } }))
    expect(tally.totals()).toMatchObject({ requests: 51, statuses: { 200: 8 }, cpuSeconds: 2 })
  })

  it('never falls when a worker ends and its successor counts from zero', () => {
    const tally = createTally()
    const counts = noDurations.counts.with(3, 4)
    tally.sample(1, sample(7, { statuses: { 200: 7 }, durations: { counts, sumSeconds: 1.5 } }))
    tally.ended(1, 'hang')
    tally.sample(
      2,
      sample(1, { statuses: { 404: 1, 200: 2 }, durations: { counts, sumSeconds: 0.5 } }),
    )
    tally.ended(3, 'hang')
    expect(tally.totals()).toMatchObject({
      requests: 8,
      statuses: { 200: 9, 404: 1 },
      durations: { counts: noDurations.counts.with(3, 8), sumSeconds: 2 },
      ends: { hang: 2 },
    })
  })

  it('counts boots and reloads', () => {
    const tally = createTally()
    tally.booted(100)
    tally.booted(50)
    tally.reloaded('failed')
    expect(tally.totals()).toMatchObject({
      boots: { count: 2, totalMs: 150, lastMs: 50 },
      reloads: { finished: 0, failed: 1 },
    })
  })
})

it('no total ever falls, whoever beats and dies in which order', () => {
  const step = fc.record({ worker: fc.nat(3), more: fc.nat(5), dies: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const tally = createTally()
      const counted = new Map<number, number>()
      let [id, before] = [0, 0]
      const ids = new Map<number, number>()
      let expected = 0
      for (const { worker, more, dies } of steps) {
        const mine = ids.get(worker) ?? ++id
        ids.set(worker, mine)
        const count = (counted.get(mine) ?? 0) + more
        counted.set(mine, count)
        expected += more
        const counts = noDurations.counts.with(2, count)
        tally.sample(
          mine,
          sample(count, {
            answers: { ...noAnswers, '2xx': count },
            durations: { counts, sumSeconds: count },
            cpuSeconds: count,
          }),
        )
        if (dies) {
          tally.ended(mine, 'hang')
          // Another process in the same slot, which counts from zero.
          ids.delete(worker)
        }
        const { requests, answers, durations, cpuSeconds } = tally.totals()
        const all = [
          requests,
          answers['2xx'],
          durations.counts[2],
          durations.sumSeconds,
          cpuSeconds,
        ]
        expect(new Set(all)).toEqual(new Set([expected]))
        expect(requests).toBeGreaterThanOrEqual(before)
        before = requests
      }
    }),
  )
})
