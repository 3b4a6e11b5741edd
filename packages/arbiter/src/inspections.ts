import { NunicornError, reportError } from '@nunicorn/contract'

import type { Diagnosis, Event, State } from './machine/index.ts'
import { findWorker, type NamedWorker } from './find-worker.ts'
import type { Fleet } from './fleet.ts'
import type { Diagnostician } from './ports.ts'

/** Looks into workers that are to live on. Each is named by its number or its pid. */
export interface Inspections {
  /**
   * Has a worker record a CPU profile and write it.
   * @throws NunicornError `no-such-worker`, `no-answer`, `file-not-written`; `hangs` if its event loop is blocked
   */
  profile(
    name: number,
    order: { readonly seconds: number; readonly file: string },
  ): Promise<WrittenFile>
  /** Has a worker write a heap snapshot. It stands still meanwhile, and is not killed for that. @throws as `profile` */
  heapSnapshot(name: number, file: string): Promise<WrittenFile>
  /** What a worker is doing at this moment; without a diagnosis it is idle. @throws NunicornError `no-such-worker` */
  stack(name: number): Promise<Glimpse>
}

export interface WrittenFile {
  readonly worker: number
  readonly pid: number
  readonly file: string
  readonly bytes: number
  readonly tookMs: number
}

export interface Glimpse {
  readonly worker: number
  readonly pid: number
  readonly diagnosis?: Diagnosis
}

export interface InspectionOptions {
  readonly state: () => State
  readonly dispatch: (event: Event) => void
  readonly fleet: Fleet
  readonly doctor: Diagnostician
}

/** An event loop that answers by then is not blocked. */
const pulseMs = 150
/** Before work is given to it. */
const patientPulseMs = 1_000
/** One that is busy for more of its time than this is looked into although it answers. */
const busyShare = 0.5
/** A heap of some gigabytes takes minutes to write. */
const heapMs = 600_000
/** What a profile may take longer than it was to run: a second for each tenth of a gigabyte of it. */
const writingMs = 30_000
const closeMs = 60_000

export function createInspections({
  state,
  dispatch,
  fleet,
  doctor,
}: InspectionOptions): Inspections {
  /** The workers that write a snapshot of their heap. */
  const writing = new Set<number>()

  async function written(
    { id, worker, pid }: NamedWorker,
    file: string,
    question: Parameters<Fleet['ask']>[1],
    timeoutMs: number,
  ): Promise<WrittenFile> {
    const startedAt = performance.now()
    const bytes = Number(await fleet.ask(id, question, timeoutMs))
    return { worker, pid, file, bytes, tookMs: Math.round(performance.now() - startedAt) }
  }

  /** What hangs cannot be told anything; and a silence that is granted to it would only keep it from being replaced. */
  async function demandPulse({ id, worker, pid }: NamedWorker): Promise<void> {
    try {
      await fleet.ask(id, { type: 'pulse' }, patientPulseMs)
    } catch (error) {
      // Any other answer, even an error, is a sign of life.
      const { code } = reportError(error)
      const name = `Worker ${worker} (pid ${pid})`
      if (code === 'cannot-answer')
        throw new NunicornError({
          code,
          message: `${name} is no Node process, which alone can write that.`,
          hint: 'Ask its own tools.',
        })
      if (code === 'no-answer')
        throw new NunicornError({
          code: 'hangs',
          message: `${name} does not answer: its event loop is blocked.`,
          hint: 'Its stack tells where.',
        })
    }
  }

  async function answers(id: number, withinMs: number): Promise<boolean> {
    try {
      await fleet.ask(id, { type: 'pulse' }, withinMs)
      return true
    } catch {
      return false
    }
  }

  return {
    async profile(name, { seconds, file }) {
      const named = findWorker(state(), fleet, name)
      await demandPulse(named)
      const question = { type: 'profile', seconds, file } as const
      return await written(named, file, question, seconds * 1_000 + writingMs)
    },
    async heapSnapshot(name, file) {
      const named = findWorker(state(), fleet, name)
      // Before the first has begun the worker still answers; and the end of the first would end the silence of both.
      if (writing.has(named.id)) throw writesAlready(named)
      writing.add(named.id)
      try {
        await demandPulse(named)
        dispatch({ type: 'silence-granted', id: named.id, forMs: heapMs })
        return await written(named, file, { type: 'heap-snapshot', file }, heapMs)
      } finally {
        writing.delete(named.id)
        dispatch({ type: 'silence-granted', id: named.id, forMs: 0 })
      }
    },
    async stack(name) {
      const { id, worker, pid } = findWorker(state(), fleet, name)
      const isBusy = (fleet.look(id).sample?.utilisation ?? 0) > busyShare
      if ((await answers(id, pulseMs)) && !isBusy) return { worker, pid }
      const diagnosis = await doctor.look(pid, fleet.captureStack(id))
      // One that could not hear it then will read it once it is back.
      if (diagnosis.stack === undefined)
        fleet.ask(id, { type: 'close-inspector' }, closeMs).catch(() => {})
      return { worker, pid, diagnosis }
    },
  }
}

function writesAlready({ worker, pid }: NamedWorker): NunicornError {
  return new NunicornError({
    code: 'busy',
    message: `Worker ${worker} (pid ${pid}) writes a heap snapshot already.`,
    hint: 'Ask again when that is done.',
  })
}
