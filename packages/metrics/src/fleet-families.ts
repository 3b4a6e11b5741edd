import { type Backlog, durationBounds, type FleetState, type FleetStatus } from '@nunicorn/contract'

import { by, counter, type Family, gauge, histogram, one, sumAndCount } from './family.ts'
import { workerFamilies } from './worker-families.ts'

const states: readonly FleetState[] = ['starting', 'serving', 'degraded', 'leaving', 'stopping']
const msPerSecond = 1_000

/** What is known of a fleet, as metrics; pure. Counters are of {@link FleetStatus.totals}, which outlive the workers. */
export function fleetFamilies(
  status: FleetStatus,
  { backlogs = [] }: { readonly backlogs?: readonly Backlog[] } = {},
): readonly Family[] {
  return [
    ...instance(status),
    ...requests(status),
    ...reloads(status),
    ...lives(status),
    ...workerFamilies(status.workers),
    gauge(
      {
        name: 'nunicorn_backlog_connections',
        help: 'Connections that wait in the kernel until a worker accepts them, by queue; slot "all" is one that all workers share.',
      },
      backlogs.map(({ listener, slot = 'all', waiting }) => one(waiting, { listener, slot })),
    ),
  ]
}

function instance({
  version,
  startedAt,
  state,
  generation,
  target,
  workers,
}: FleetStatus): readonly Family[] {
  const count = (wanted: string): number =>
    workers.filter((worker) => worker.state === wanted).length
  return [
    gauge({ name: 'nunicorn_build_info', help: 'Always 1; the version of nunicorn.' }, [
      one(1, { version }),
    ]),
    gauge(
      { name: 'nunicorn_start_time_seconds', help: 'When the arbiter started, in Unix time.' },
      [one(startedAt / msPerSecond)],
    ),
    gauge(
      {
        name: 'nunicorn_state',
        help: '1 for the state that the instance is in, 0 for the others.',
      },
      states.map((name) => one(Number(name === state), { state: name })),
    ),
    gauge(
      {
        name: 'nunicorn_generation',
        help: 'The newest generation that has proved itself; a reload makes a new one.',
      },
      [one(generation)],
    ),
    gauge({ name: 'nunicorn_workers_target', help: 'How many workers there shall be.' }, [
      one(target),
    ]),
    gauge(
      {
        name: 'nunicorn_workers',
        help: 'Worker processes by state; suspect ones have missed their beats.',
      },
      ['booting', 'ready', 'suspect', 'draining', 'ending'].map((name) =>
        one(count(name), { state: name }),
      ),
    ),
  ]
}

function requests({ totals }: FleetStatus): readonly Family[] {
  const { '1xx': interim, ...answers } = totals.answers
  return [
    counter({ name: 'nunicorn_requests_total', help: 'Requests that workers have taken.' }, [
      one(totals.requests),
    ]),
    counter(
      {
        name: 'nunicorn_responses_total',
        help: 'Answers by the class of their status; aborted: the client went before it had its answer.',
      },
      by('code', { '1xx': interim, ...answers }),
    ),
    histogram(
      {
        name: 'nunicorn_request_duration_seconds',
        help: "From a request's head to the end of its answer.",
      },
      {
        bounds: durationBounds,
        counts: totals.durations.counts,
        sum: totals.durations.sumSeconds,
      },
    ),
    counter({ name: 'nunicorn_worker_cpu_seconds_total', help: 'CPU time used by all workers.' }, [
      one(totals.cpuSeconds),
    ]),
    counter(
      {
        name: 'nunicorn_dropped_output_total',
        help: 'Pieces of output that workers could not write: the disk was full, or a reader gone or too slow.',
      },
      [one(totals.droppedOutput)],
    ),
  ]
}

function reloads({ totals, reload, lastReload }: FleetStatus): readonly Family[] {
  return [
    counter(
      {
        name: 'nunicorn_reloads_total',
        help: 'Reloads by result; refused and failed ones changed nothing.',
      },
      by('result', totals.reloads),
    ),
    gauge({ name: 'nunicorn_reload_in_progress', help: '1 while a reload is under way.' }, [
      one(Number(reload !== undefined)),
    ]),
    gauge(
      {
        name: 'nunicorn_last_reload_successful',
        help: '1 if the last reload took; absent before the first.',
      },
      lastReload ? [one(Number(lastReload.result === 'finished'))] : [],
    ),
    gauge(
      {
        name: 'nunicorn_last_reload_time_seconds',
        help: 'When the last reload ended, in Unix time; absent before the first.',
      },
      lastReload ? [one(lastReload.at / msPerSecond)] : [],
    ),
  ]
}

function lives({ totals: { boots, ends } }: FleetStatus): readonly Family[] {
  return [
    sumAndCount(
      {
        name: 'nunicorn_worker_boot_duration_seconds',
        help: 'How long workers took from their start until they were ready.',
      },
      { sum: boots.totalMs / msPerSecond, count: boots.count },
    ),
    gauge(
      {
        name: 'nunicorn_last_worker_boot_duration_seconds',
        help: 'How long the last worker took to boot; absent before the first.',
      },
      boots.count > 0 ? [one(boots.lastMs / msPerSecond)] : [],
    ),
    counter(
      {
        name: 'nunicorn_worker_ends_total',
        help: 'Workers that ended, by cause; "drained" are those that were asked to.',
      },
      by('cause', ends),
    ),
  ]
}
