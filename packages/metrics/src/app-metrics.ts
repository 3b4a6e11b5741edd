import type { WorkerStatus } from '@nunicorn/contract'

import type { Family } from './family.ts'
import { lasting, mergeRegistries } from './merge.ts'
import { readFamilies } from './read-families.ts'

/** What the apps in the workers say of themselves, with prom-client. */
export interface AppMetrics {
  /**
   * Asks every worker that answers; of the others the last answer stands. What dead workers counted is kept, so that no
   * counter falls when one ends.
   */
  collect(workers: readonly WorkerStatus[]): Promise<AppPage>
  /** What a worker that is about to end says last; only of one that has been asked before. */
  heard(pid: number, said: unknown): void
}

export interface AppPage {
  readonly families: readonly Family[]
  /** Of the workers that have metrics, whether theirs are those of an earlier time. */
  readonly stale: ReadonlyMap<WorkerStatus, boolean>
  /** Metrics that could not be taken over: their names are ours, or they are malformed. */
  readonly skipped: number
}

/** What one worker has said. */
interface Known {
  readonly worker: WorkerStatus
  readonly families: readonly Family[]
  readonly skipped: number
  readonly stale: boolean
}

export function createAppMetrics(ask: (pid: number) => Promise<unknown>): AppMetrics {
  const known = new Map<string, Known>()
  let dead: readonly Family[] = []
  let collecting: Promise<AppPage> | undefined

  async function collect(workers: readonly WorkerStatus[]): Promise<AppPage> {
    await bury(workers)
    await Promise.all(workers.filter(({ state }) => state !== 'booting').map(refresh))
    // The newest first: where it matters, it is theirs that count.
    const said = [...known.values()].toSorted(
      (one, other) => other.worker.generation - one.worker.generation,
    )
    const stale = workers.flatMap((worker) => {
      const its = known.get(keyOf(worker))
      return its === undefined ? [] : [[worker, its.stale] as const]
    })
    return {
      families: await mergeRegistries([...said.map(({ families }) => families), dead]),
      stale: new Map(stale),
      skipped: Math.max(0, ...said.map(({ skipped }) => skipped)),
    }
  }

  async function bury(workers: readonly WorkerStatus[]): Promise<void> {
    const living = new Set(workers.map(keyOf))
    const gone = [...known].filter(([key]) => !living.has(key))
    if (gone.length === 0) return
    for (const [key] of gone) known.delete(key)
    dead = await mergeRegistries([...gone.map(([, { families }]) => lasting(families)), dead])
  }

  async function refresh(worker: WorkerStatus): Promise<void> {
    const said = worker.state === 'suspect' ? undefined : await ask(worker.pid).catch(() => {})
    const key = keyOf(worker)
    const before = known.get(key)
    if (said !== undefined && said !== null)
      known.set(key, { worker, ...readFamilies(said), stale: false })
    else if (before) known.set(key, { ...before, stale: said === undefined })
  }

  return {
    // Not twice at a time: whoever comes meanwhile gets the same answer.
    collect: (workers) => (collecting ??= collect(workers).finally(() => (collecting = undefined))),
    heard(pid, said) {
      for (const [key, its] of known)
        if (its.worker.pid === pid) known.set(key, { ...its, ...readFamilies(said) })
    },
  }
}

/** Pids are given out again. */
function keyOf({ pid, number, generation }: WorkerStatus): string {
  return `${pid} ${number} ${generation}`
}
