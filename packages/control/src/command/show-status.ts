import type { FleetStatus, WorkerStatus } from '@nunicorn/contract'

import { table } from './table.ts'
import { count, duration, megabytes, percent, printable } from './units.ts'

export function showStatus(status: FleetStatus): string {
  const { name, state, pid, at, startedAt, version, app, listeners, target, generation } = status
  const ready = status.workers.filter((worker) => worker.state === 'ready').length
  const { requests, answers, ends, droppedOutput } = status.totals
  const lost = Object.entries(ends).filter(([cause]) => cause !== 'drained')
  return [
    `${printable(name)}: ${state}, pid ${pid}, up ${duration(at - startedAt)}, nunicorn ${version}`,
    `${printable(app)} at ${listeners.join(', ')}`,
    `${ready} of ${target} workers ready, generation ${generation}${showReload(status)}`,
    `${count(requests)} requests; ${answers['5xx']} answered 5xx, ${answers.aborted} aborted`,
    ...(lost.length > 0
      ? [`workers lost: ${lost.map(([cause, number]) => `${cause} ${number}`).join(', ')}`]
      : []),
    ...(droppedOutput > 0 ? [`${count(droppedOutput)} chunks of output could not be written`] : []),
    '',
    showWorkers(status.workers),
  ].join('\n')
}

function showReload({ reload, lastReload, at }: FleetStatus): string {
  const last =
    lastReload &&
    `; last reload ${lastReload.result} ${duration(at - lastReload.at)} ago${lastReload.why ? `: ${printable(lastReload.why.split('\n', 1)[0] ?? '')}` : ''}`
  return `${reload ? `; reloading to generation ${reload.generation}: ${reload.stage}` : ''}${last ?? ''}`
}

const heads = [
  'WORKER ',
  'PID ',
  'GEN ',
  'STATE',
  'AGE ',
  'REQUESTS ',
  'IN FLIGHT ',
  'CONNS ',
  'BUSY ',
  'DELAY ',
  'HEAP ',
  'MEMORY ',
]

export function showWorkers(workers: readonly WorkerStatus[]): string {
  return table(heads, workers.map(rowOf))
}

function rowOf(worker: WorkerStatus): readonly string[] {
  const { number, pid, generation, ageMs, sample, memoryBytes } = worker
  const known = [String(number), String(pid), String(generation), stateOf(worker), duration(ageMs)]
  if (sample === undefined) return known
  return [
    ...known,
    count(sample.requests),
    count(sample.inFlight),
    count(sample.connections),
    percent(sample.utilisation),
    duration(sample.loopDelayMs),
    megabytes(sample.heapUsedBytes),
    megabytes(memoryBytes ?? sample.rssBytes),
  ]
}

/** What is said of a silent worker is as old as its last beat. */
function stateOf({ state, silentMs }: WorkerStatus): string {
  return state === 'suspect' ? `suspect, stale for ${duration(silentMs)}` : state
}
