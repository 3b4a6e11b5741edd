import { describe, expect, it } from 'vitest'

import { aboutWorker, emptyView, type FleetView, withEvents, withStatus } from '../src/index.ts'
import { event, type FakeFleet, fakeFleet } from './support/fleet.ts'

/** One more second, in which each worker says what it has counted. */
function second(
  view: FleetView,
  { fleet, beats }: { readonly fleet: FakeFleet; readonly beats: () => void },
): FleetView {
  fleet.pass(1_000)
  beats()
  return withStatus(view, fleet.status())
}

describe('the view of a worker', () => {
  it('says the requests a second between its beats, whenever it was asked', () => {
    const fleet = fakeFleet()
    const worker = fleet.start(1)
    fleet.pass(60_000)
    fleet.beat(worker)
    let view = withStatus(emptyView, fleet.status())
    expect(view.workers[0]?.requestsPerSecond).toBeUndefined()
    fleet.pass(1_000)
    fleet.answer(worker, { count: 300, tookMs: 1 })
    fleet.beat(worker)
    fleet.pass(400)
    view = withStatus(view, fleet.status())
    expect(view.workers[0]?.requestsPerSecond).toBe(300)
    expect(view.fleet?.requestsPerSecond).toBe(300)
    fleet.pass(500)
    view = withStatus(view, fleet.status())
    expect(view.workers[0]?.requestsPerSecond).toBe(300)
  })

  it('counts from its birth when it is young, so that a restart shows at once and never as a fall', () => {
    const fleet = fakeFleet()
    const old = fleet.start(1)
    fleet.answer(old, { count: 100_000, tookMs: 1 })
    fleet.beat(old)
    let view = withStatus(emptyView, fleet.status())
    fleet.end(old)
    const young = fleet.start(1)
    view = second(view, {
      fleet,
      beats() {
        fleet.answer(young, { count: 50, tookMs: 1 })
        fleet.beat(young)
      },
    })
    expect(view.workers[0]?.requestsPerSecond).toBe(50)
  })

  it('follows the percentiles of the last ten seconds and forgets those before', () => {
    const fleet = fakeFleet()
    const worker = fleet.start(1)
    let view = emptyView
    const secondOf = (tookMs: number): void => {
      view = second(view, {
        fleet,
        beats() {
          fleet.answer(worker, { count: 100, tookMs })
          fleet.beat(worker)
        },
      })
    }
    for (let n = 0; n < 5; n++) secondOf(400)
    expect(view.workers[0]?.p50Ms).toBeGreaterThan(250)
    expect(view.fleet?.p99Ms).toBeGreaterThan(250)
    for (let n = 0; n < 11; n++) secondOf(0.8)
    expect(view.workers[0]?.p99Ms).toBeLessThan(1)
    expect(view.workers[0]?.p50Ms).toBeLessThan(view.workers[0]?.p99Ms ?? 0)
    expect(view.fleet?.p50Ms).toBeCloseTo(0.75, 1)
  })

  it('has no percentiles where nothing was answered', () => {
    const fleet = fakeFleet()
    const worker = fleet.start(1)
    let view = emptyView
    for (let n = 0; n < 3; n++) view = second(view, { fleet, beats: () => fleet.beat(worker) })
    expect(view.workers[0]).toMatchObject({ requestsPerSecond: 0, p50Ms: undefined })
  })

  it('is stale when it is suspect: its last words are shown, its rates are not known', () => {
    const fleet = fakeFleet()
    const worker = fleet.start(1)
    const other = fleet.start(2)
    let view = emptyView
    const beats = (...workers: (typeof worker)[]): void =>
      workers.forEach((one) => {
        fleet.answer(one, { count: 10, tookMs: 1 })
        fleet.beat(one)
      })
    for (let n = 0; n < 3; n++) view = second(view, { fleet, beats: () => beats(worker, other) })
    worker.suspect = true
    view = second(view, { fleet, beats: () => beats(other) })
    expect(view.workers[0]).toMatchObject({
      stale: true,
      connections: 2,
      requestsPerSecond: undefined,
      p99Ms: undefined,
    })
    expect(view.fleet).toMatchObject({ ready: 1, stale: 1, requestsPerSecond: 10 })
    expect(view.history.at(-1)?.workers[1]?.utilisation).toBeUndefined()
    expect(view.history.at(-1)?.workers[2]?.utilisation).toBe(0.5)
  })

  it('shows what happened last to its slot, how often that ended, and how often against the will', () => {
    const fleet = fakeFleet()
    fleet.start(1)
    let view = withStatus(emptyView, fleet.status())
    const crash = event(3, { type: 'worker-ended', details: { lost: true } })
    view = withEvents(view, [event(1), event(2, { type: 'worker-ended' }), crash])
    expect(view.workers[0]).toMatchObject({ ended: 2, lost: 1, lastEvent: crash })
    view = withEvents(view, [crash, event(2), event(4)])
    expect(view.workers[0]).toMatchObject({ ended: 2, lost: 1, lastEvent: event(4) })
    expect(view.events.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4])
  })

  it('names an event without the name of the worker and without a stack', () => {
    expect(aboutWorker(event(1))).toBe('is ready')
    expect(aboutWorker({ ...event(1), message: 'Worker 2 (pid 7) is\nthere' })).toBe(
      'Worker 2 (pid 7) is',
    )
  })
})

describe('the view of a fleet', () => {
  it('begins anew with another arbiter, whose events begin with 1 again', () => {
    const fleet = fakeFleet()
    fleet.start(1)
    let view = withStatus(withEvents(emptyView, [event(1), event(2)]), fleet.status())
    expect(view.events).toHaveLength(2)
    fleet.pass(5_000)
    fleet.restartArbiter()
    fleet.start(1)
    view = withStatus(view, fleet.status())
    expect(view).toMatchObject({ events: [], history: { length: 1 } })
    view = withEvents(view, [event(1)])
    expect(view.workers[0]?.lastEvent).toEqual(event(1))
  })

  it('keeps five minutes of history', () => {
    const fleet = fakeFleet()
    const worker = fleet.start(1)
    let view = emptyView
    for (let n = 0; n < 400; n++) view = second(view, { fleet, beats: () => fleet.beat(worker) })
    expect(view.history).toHaveLength(300)
    expect(view.history.at(-1)?.at).toBe(fleet.now)
  })

  it('keeps one point for a snapshot that comes twice', () => {
    const fleet = fakeFleet()
    fleet.start(1)
    const status = fleet.status()
    expect(withStatus(withStatus(emptyView, status), status).history).toHaveLength(1)
  })
})
