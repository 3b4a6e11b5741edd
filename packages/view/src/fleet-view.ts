import type { EventRecord, FleetStatus } from '@nunicorn/contract'

import { type Chronicle, nothingHappened, remember } from './chronicle.ts'
import { type FleetLine, fleetLine } from './fleet-line.ts'
import { type Point, pointOf, record } from './history.ts'
import { extend, type Track } from './track.ts'
import { keyOf, tracksOf, viewWorker, type WorkerView } from './worker-view.ts'

/**
 * What an operator sees of an instance: a reduction over the snapshots and events that it gave, in the order in which they
 * came. It has no clock: all its times are the instance's own.
 */
export interface FleetView {
  /** The newest snapshot; undefined before the first one. */
  readonly status: FleetStatus | undefined
  readonly fleet: FleetLine | undefined
  /** By number, of one slot the oldest first. */
  readonly workers: readonly WorkerView[]
  /** Of the last five minutes, oldest first. */
  readonly history: readonly Point[]
  /** The last few hundred, oldest first. */
  readonly events: readonly EventRecord[]
  /** What the next step is made of. */
  readonly memory: Memory
}

interface Memory {
  readonly chronicle: Chronicle
  readonly tracks: ReadonlyMap<string, Track>
  readonly fleetTrack: Track
}

export const emptyView: FleetView = {
  status: undefined,
  fleet: undefined,
  workers: [],
  history: [],
  events: [],
  memory: { chronicle: nothingHappened, tracks: new Map(), fleetTrack: [] },
}

/** The view after another snapshot. One of another arbiter begins a new view: its counters and events begin anew. */
export function withStatus(view: FleetView, status: FleetStatus): FleetView {
  const { memory, history, events } = isSame(view.status, status) ? view : emptyView
  const tracks = tracksOf(memory.tracks, status)
  const { requests, durations } = status.totals
  const fleetTrack = extend(memory.fleetTrack, { at: status.at, requests, durations })
  const { chronicle } = memory
  const workers = viewWorkers(status, { tracks, chronicle })
  const fleet = fleetLine(status, { workers, track: fleetTrack })
  return {
    status,
    fleet,
    workers,
    history: record(history, pointOf(status.at, { fleet, workers })),
    events,
    memory: { chronicle, tracks, fleetTrack },
  }
}

/** The view after some events, which may repeat what is known. */
export function withEvents(view: FleetView, events: readonly EventRecord[]): FleetView {
  const chronicle = remember(view.memory.chronicle, events)
  if (chronicle === view.memory.chronicle) return view
  const { status, memory } = view
  return {
    ...view,
    workers: status ? viewWorkers(status, { ...memory, chronicle }) : [],
    events: chronicle.events,
    memory: { ...memory, chronicle },
  }
}

function viewWorkers(
  status: FleetStatus,
  { tracks, chronicle }: Pick<Memory, 'tracks' | 'chronicle'>,
): readonly WorkerView[] {
  return status.workers.map((worker) =>
    viewWorker(worker, { track: tracks.get(keyOf(worker)) ?? [], chronicle }),
  )
}

/** Before the first snapshot nothing tells whose events these are: they are kept. */
function isSame(before: FleetStatus | undefined, { pid, startedAt }: FleetStatus): boolean {
  return before === undefined || (before.pid === pid && before.startedAt === startedAt)
}
