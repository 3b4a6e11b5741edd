import { noAnswers, noDurations } from '@nunicorn/contract'
import { describe, expect, it } from 'vitest'

import { fleetFamilies, renderFamilies } from '../src/index.ts'
import { fleet, noTotals, sample, worker } from './fleet.ts'
import { promtoolComplaints } from './promtool.ts'
import { samplesOf } from './samples.ts'

type Extras = Parameters<typeof fleetFamilies>[1]

async function pageOf(
  more: Parameters<typeof fleet>[0],
  extras?: Extras,
): Promise<ReadonlyMap<string, number>> {
  return samplesOf(await renderFamilies(fleetFamilies(fleet(more), extras), 'prometheus'))
}

describe('the metrics of a fleet', () => {
  it('tell its state, its size and its version', async () => {
    const page = await pageOf({
      state: 'degraded',
      target: 3,
      generation: 4,
      workers: [worker(1), worker(2, { state: 'suspect' }), worker(3, { state: 'booting' })],
    })
    expect(page.get('nunicorn_build_info{version="1.2.3"}')).toBe(1)
    expect(page.get('nunicorn_start_time_seconds')).toBe(1_700_000_000)
    expect(page.get('nunicorn_state{state="degraded"}')).toBe(1)
    expect(page.get('nunicorn_state{state="serving"}')).toBe(0)
    expect(page.get('nunicorn_generation')).toBe(4)
    expect(page.get('nunicorn_workers_target')).toBe(3)
    expect(page.get('nunicorn_workers{state="ready"}')).toBe(1)
    expect(page.get('nunicorn_workers{state="suspect"}')).toBe(1)
    expect(page.get('nunicorn_workers{state="draining"}')).toBe(0)
  })

  it('count requests by status, and how long they took', async () => {
    const counts = noDurations.counts.with(0, 2).with(3, 5).with(16, 1)
    const page = await pageOf({
      totals: {
        ...noTotals,
        requests: 9,
        answers: { ...noAnswers, '2xx': 7, aborted: 1 },
        durations: { counts, sumSeconds: 61.5 },
        cpuSeconds: 12.5,
        droppedOutput: 3,
      },
    })
    expect(page.get('nunicorn_requests_total')).toBe(9)
    expect(page.get('nunicorn_responses_total{code="2xx"}')).toBe(7)
    expect(page.get('nunicorn_responses_total{code="aborted"}')).toBe(1)
    expect(page.get('nunicorn_responses_total{code="5xx"}')).toBe(0)
    expect(page.get('nunicorn_request_duration_seconds_bucket{le="0.0005"}')).toBe(2)
    expect(page.get('nunicorn_request_duration_seconds_bucket{le="0.005"}')).toBe(7)
    expect(page.get('nunicorn_request_duration_seconds_bucket{le="60"}')).toBe(7)
    expect(page.get('nunicorn_request_duration_seconds_bucket{le="+Inf"}')).toBe(8)
    expect(page.get('nunicorn_request_duration_seconds_sum')).toBe(61.5)
    expect(page.get('nunicorn_request_duration_seconds_count')).toBe(8)
    expect(page.get('nunicorn_worker_cpu_seconds_total')).toBe(12.5)
    expect(page.get('nunicorn_dropped_output_total')).toBe(3)
  })

  it('count boots, ends by cause and reloads by result', async () => {
    const page = await pageOf({
      reload: { generation: 3, stage: 'canary' },
      lastReload: { result: 'failed', at: 1_700_000_030_000, generation: 2, why: 'it threw' },
      totals: {
        ...noTotals,
        boots: { count: 3, totalMs: 900, lastMs: 200 },
        ends: { drained: 2, hang: 1 },
        reloads: { finished: 4, refused: 0, failed: 1 },
      },
    })
    expect(page.get('nunicorn_worker_boot_duration_seconds_sum')).toBe(0.9)
    expect(page.get('nunicorn_worker_boot_duration_seconds_count')).toBe(3)
    expect(page.get('nunicorn_last_worker_boot_duration_seconds')).toBe(0.2)
    expect(page.get('nunicorn_worker_ends_total{cause="hang"}')).toBe(1)
    expect(page.get('nunicorn_reloads_total{result="finished"}')).toBe(4)
    expect(page.get('nunicorn_reload_in_progress')).toBe(1)
    expect(page.get('nunicorn_last_reload_successful')).toBe(0)
    expect(page.get('nunicorn_last_reload_time_seconds')).toBe(1_700_000_030)
  })

  it('show each worker by its slot, and not by its pid', async () => {
    const page = await pageOf({ workers: [worker(1, { memoryBytes: 7, serves: [1, 2] })] })
    const of = (name: string): number | undefined =>
      page.get(`nunicorn_worker_${name}{worker="1",role="serving"}`)
    expect(of('stale')).toBe(0)
    expect(of('requests_in_flight')).toBe(3)
    expect(of('connections')).toBe(5)
    expect(of('event_loop_utilization_ratio')).toBe(0.25)
    expect(of('event_loop_delay_seconds')).toBe(0.012)
    expect(of('resident_memory_bytes')).toBe(50_000_000)
    expect(of('proportional_memory_bytes')).toBe(7)
    expect(of('heap_used_bytes')).toBe(10_000_000)
    expect(of('heap_limit_bytes')).toBe(4_000_000_000)
    expect(of('slots_served')).toBe(2)
    expect(of('silent_seconds')).toBe(0.5)
    expect(of('age_seconds')).toBe(60)
    expect([...page.keys()].filter((key) => /pid|101/.test(key))).toEqual([])
  })

  it('mark a silent worker as stale and keep what it said last', async () => {
    const page = await pageOf({
      workers: [
        worker(1, { state: 'suspect', silentMs: 2_100 }),
        worker(2, { silentMs: 2_600 }),
        worker(3),
      ],
    })
    const stale = [1, 2, 3].map((number) =>
      page.get(`nunicorn_worker_stale{worker="${number}",role="serving"}`),
    )
    expect(stale).toEqual([1, 1, 0])
    expect(page.get('nunicorn_worker_requests_in_flight{worker="1",role="serving"}')).toBe(3)
  })

  it('tell the workers of one slot apart by their role, and show those of one role as one', async () => {
    const page = await pageOf({
      workers: [
        worker(1, { pid: 1, state: 'draining', sample: sample({ inFlight: 1, utilisation: 0.5 }) }),
        worker(1, { pid: 2, state: 'draining', sample: sample({ inFlight: 2, utilisation: 0.1 }) }),
        worker(1, { pid: 3 }),
        unready(4),
      ],
    })
    expect(page.get('nunicorn_worker_requests_in_flight{worker="1",role="leaving"}')).toBe(3)
    expect(
      page.get('nunicorn_worker_event_loop_utilization_ratio{worker="1",role="leaving"}'),
    ).toBe(0.5)
    expect(page.get('nunicorn_worker_requests_in_flight{worker="1",role="serving"}')).toBe(3)
    expect(page.get('nunicorn_worker_stale{worker="1",role="booting"}')).toBe(0)
    expect(page.has('nunicorn_worker_connections{worker="1",role="booting"}')).toBe(false)
  })

  it('tell how long each queue is', async () => {
    const backlogs = [
      { listener: 'http://[::1]:80', slot: 2, waiting: 7 },
      { listener: 'http://0.0.0.0:81', waiting: 1 },
    ]
    const page = await pageOf({}, { backlogs })
    expect(page.get('nunicorn_backlog_connections{listener="http://[::1]:80",slot="2"}')).toBe(7)
    expect(page.get('nunicorn_backlog_connections{listener="http://0.0.0.0:81",slot="all"}')).toBe(
      1,
    )
  })

  it.for(['prometheus', 'openmetrics'] as const)(
    "pass Prometheus' own check, as %s",
    async (format, { skip }) => {
      const full = fleet({
        lastReload: { result: 'finished', at: 1_700_000_030_000, generation: 2 },
        totals: {
          ...noTotals,
          boots: { count: 1, totalMs: 1, lastMs: 1 },
          ends: { drained: 1, hang: 2 },
        },
        workers: [worker(1, { memoryBytes: 1 }), worker(1, { state: 'draining' }), unready(2)],
      })
      const backlogs = [{ listener: 'http://a', slot: 1, waiting: 2 }]
      const page = await renderFamilies(fleetFamilies(full, { backlogs }), format)
      if (format === 'openmetrics') expect(page).toMatch(/\n# EOF\n$/)
      // promtool reads the classic format only: what OpenMetrics adds is taken off for it.
      const classic = page.replace('# EOF\n', '')
      const complaints = promtoolComplaints(classic)
      if (complaints === undefined)
        return skip('promtool is not installed (apt-get install prometheus)')
      if (format === 'prometheus') expect(complaints).toBe('')
      else expect(complaints).not.toMatch(/error/i)
    },
  )
})

function unready(number: number): ReturnType<typeof worker> {
  const { bootMs: _, sample: __, ...rest } = worker(number, { state: 'booting', pid: 999 })
  return { ...rest, number: 1 }
}
