import { NunicornError } from '@nunicorn/contract'

import { describeCause, describeError } from './describe-cause.ts'
import { findWorker, type NamedWorker } from './find-worker.ts'
import type { Fleet } from './fleet.ts'
import { type Cause, type Event, isCanary, type Report, type State } from './machine/index.ts'
import type { ArbiterSettings } from './settings.ts'

/** What an operator can have done, and be told when it is done. What fails says why. */
export interface Orders {
  /** @throws NunicornError `stopping` */
  reload(): {
    readonly generation: number
    /** @throws NunicornError `reload-refused`, `reload-failed`, `reload-stuck`, `superseded`, `stopping` */
    readonly taken: Promise<void>
  }
  /**
   * Resolves when so many workers are ready, and those too many have left.
   * @throws NunicornError `workers-die`, `superseded`, `stopping`
   */
  scale(to: number): Promise<void>
  /**
   * Resolves when the replacement is ready; the old one may still be finishing what it holds.
   * @param name its number or its pid
   * @throws NunicornError `no-such-worker`, `not-serving`, `workers-die`, `superseded`, `stopping`
   */
  restart(name: number): Promise<Replaced>
  /** SIGKILL. Resolves when it is gone and its replacement is ready. @throws as `restart` */
  kill(name: number): Promise<Replaced>
}

export interface Replaced {
  readonly worker: number
  readonly pid: number
  /** Undefined for one that need not be replaced: a surplus one, or the first of a reload. */
  readonly replacedBy?: number
}

export interface OrderOptions {
  /** @throws NunicornError `starting` if there is none yet */
  readonly state: () => State
  readonly dispatch: (event: Event) => void
  readonly fleet: Fleet
  readonly settings: () => ArbiterSettings
}

/** Follows each order by what the machine reports until it is done, or cannot be. */
export function createOrders({
  state,
  dispatch,
  fleet,
  settings,
}: OrderOptions): Orders & { heard(report: Report): void } {
  const pending = new Set<(report: Report) => void>()

  /** `judge` is asked after each report: it gives the result, undefined while there is none, or throws. */
  function follow<Result>(judge: (report?: Report) => Result | undefined): Promise<Result> {
    return new Promise((resolve, reject) => {
      function look(report?: Report): void {
        try {
          if (state().phase !== 'running') throw stopping()
          const result = judge(report)
          if (result === undefined) return
          resolve(result)
        } catch (error) {
          reject(error)
        }
        pending.delete(look)
      }
      pending.add(look)
      look()
    })
  }

  function reload(): ReturnType<Orders['reload']> {
    const { phase, leaving, lastGeneration } = state()
    if (phase !== 'running' || leaving !== undefined) throw stopping()
    // Also of the one that follows a reload under way.
    const generation = lastGeneration + 1
    dispatch({ type: 'reload-asked' })
    const taken = follow((report) => judgeReload(generation, report)).then(() => {})
    // Whoever does not wait need not hear of it.
    taken.catch(() => {})
    return { generation, taken }
  }

  function judgeReload(generation: number, report: Report | undefined): true | undefined {
    if (report === undefined) return undefined
    const cause = fatalCause(report)
    if (cause !== undefined && isRolling(state(), generation))
      throw failure(
        'reload-stuck',
        `Its workers keep dying: ${tell(cause)}`,
        'They are tried again; the old ones that are left go on serving.',
      )
    if (!('generation' in report)) return undefined
    if (report.type === 'reload-started' && report.generation > generation)
      throw failure('superseded', 'Another reload came before its end.')
    if (report.generation !== generation) return undefined
    if (report.type === 'reload-refused')
      throw failure('reload-refused', describeError(report.error), 'Nothing has changed.')
    if (report.type === 'reload-failed')
      throw failure(
        'reload-failed',
        `Its first worker ended: ${tell(report.cause)}`,
        'Nothing has changed.',
      )
    return report.type === 'reload-finished' || undefined
  }

  async function scale(to: number): Promise<void> {
    if (state().leaving !== undefined) throw stopping()
    dispatch({ type: 'scale-asked', to })
    await follow((report) => {
      const { target, workers } = state()
      if (target !== to) throw failure('superseded', `There shall be ${target} workers by now.`)
      const cause = report && fatalCause(report)
      if (cause !== undefined)
        throw failure('workers-die', `Workers keep dying: ${tell(cause)}`, 'They are tried again.')
      const served = new Set(
        workers
          .filter(({ phase, slot }) => phase === 'ready' && slot <= to)
          .map(({ slot }) => slot),
      )
      return (served.size === to && workers.every(({ slot }) => slot <= to)) || undefined
    })
  }

  async function restart(name: number): Promise<Replaced> {
    const named = findWorker(state(), fleet, name)
    const worker = state().workers.find(({ id }) => id === named.id)
    if (worker?.phase !== 'ready' || isCanary(state(), worker))
      throw failure(
        'not-serving',
        `Worker ${named.worker} (pid ${named.pid}) is not one that serves: there is nothing to replace.`,
      )
    dispatch({ type: 'restart-asked', id: named.id })
    return await follow((report) => replacementOf(named, report))
  }

  async function kill(name: number): Promise<Replaced> {
    const named = findWorker(state(), fleet, name)
    const worker = state().workers.find(({ id }) => id === named.id)
    const { id, worker: number, pid } = named
    const isNeeded = worker?.leaving === false && !isCanary(state(), worker)
    dispatch({ type: 'kill-asked', id })
    return await follow((report) => {
      const { workers, target } = state()
      if (workers.some((other) => other.id === id)) return undefined
      return isNeeded && number <= target ? replacementOf(named, report) : { worker: number, pid }
    })
  }

  function replacementOf(
    { id, worker: number, pid }: NamedWorker,
    report: Report | undefined,
  ): Replaced | undefined {
    const now = state()
    const newer = now.workers.find(
      (worker) =>
        worker.slot === number &&
        worker.id > id &&
        worker.phase === 'ready' &&
        !isCanary(now, worker),
    )
    if (newer !== undefined) return { worker: number, pid, replacedBy: fleet.pid(newer.id) }
    if (now.target < number)
      throw failure('superseded', `There shall be only ${now.target} workers by now.`)
    const cause = report && 'slot' in report && report.slot === number && fatalCause(report)
    if (cause)
      throw failure(
        'workers-die',
        `Its replacements keep dying: ${tell(cause)}`,
        'They are tried again.',
      )
    return undefined
  }

  /** Of a death after which there is no hope that the order is carried out soon: it is a crash loop. */
  function fatalCause(report: Report): Cause | undefined {
    if (report.type === 'degraded') return report.cause
    return report.type === 'worker-ended' && report.lost && state().degraded
      ? report.cause
      : undefined
  }

  function tell(cause: Cause): string {
    return describeCause(cause, settings())
  }

  return {
    reload,
    scale,
    restart,
    kill,
    heard(report) {
      for (const look of pending) look(report)
    },
  }
}

function isRolling({ reload }: State, generation: number): boolean {
  return reload?.generation === generation && reload.stage === 'rolling'
}

function stopping(): NunicornError {
  return failure('stopping', 'The arbiter is about to stop.')
}

function failure(code: string, message: string, hint?: string): NunicornError {
  return new NunicornError({ code, message, ...(hint === undefined ? {} : { hint }) })
}
