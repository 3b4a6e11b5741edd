import type { EventRecord, Logger, ReloadOutcome } from '@nunicorn/contract'
import { addressUrl } from '@nunicorn/sockets'

import { describeError, describeCause } from './describe-cause.ts'
import { describeReport } from './describe.ts'
import type { Fleet, Generation, Glance } from './fleet.ts'
import type { Journal } from './journal.ts'
import type { Report } from './machine/index.ts'
import type { ArbiterSettings } from './settings.ts'
import type { Tally } from './tally.ts'

/** Turns what the machine reports into one event record and its lines in the log, and keeps count. */
export interface Chronicle {
  tell(report: Report): void
  readonly lastReload: ReloadOutcome | undefined
}

export interface ChronicleOptions {
  readonly log: Logger
  readonly fleet: Fleet
  readonly journal: Journal
  readonly tally: Tally
  /** What the newest proven generation has. */
  readonly current: () => Pick<Generation, 'settings' | 'listeners'>
}

export function createChronicle({
  log,
  fleet,
  journal,
  tally,
  current,
}: ChronicleOptions): Chronicle {
  let announced: string | undefined
  let lastReload: ReloadOutcome | undefined

  function tell(report: Report): void {
    const { settings, listeners } = current()
    const worker = fleet.look('id' in report ? report.id : 0)
    const urls = listeners.map((listener) => addressUrl(listener.address))
    const moved = announced !== undefined && urls.join() !== announced
    if (announced === undefined || report.type === 'reload-finished') announced = urls.join()
    const lines = describeReport(report, { worker, settings, urls, moved })
    const main = lines.at(-1)
    if (main === undefined) return
    for (const { level, message } of lines.slice(0, -1)) log[level](message)
    const about = aboutOf(report, worker)
    // First, so that who is told of it finds it in the status.
    count(report)
    journal.record({ ...main, ...about })
    const { type: event, ...fields } = about
    log[main.level](main.message, { event, ...fields })
  }

  function count(report: Report): void {
    if (report.type === 'worker-ready') tally.booted(report.bootMs)
    if (report.type === 'worker-ended') tally.ended(report.id, report.cause.type)
    const outcome = outcomeOf(report, current().settings)
    if (outcome === undefined) return
    tally.reloaded(outcome.result)
    lastReload = { at: Date.now(), ...outcome }
  }

  return {
    tell,
    get lastReload() {
      return lastReload
    },
  }
}

/** What an event record has besides the words. */
function aboutOf(
  report: Report,
  { pid, generation, sample }: Glance,
): Pick<EventRecord, 'type' | 'worker' | 'details'> {
  const { type, ...rest } = report
  if (!('slot' in rest) || !('id' in rest)) return { type, details: rest }
  const { id: _, slot: number, ...details } = rest
  return {
    type,
    worker: { number, pid, generation },
    details: type === 'worker-ended' && sample ? { ...details, lastBeat: sample } : details,
  }
}

function outcomeOf(
  report: Report,
  settings: ArbiterSettings,
): Omit<ReloadOutcome, 'at'> | undefined {
  switch (report.type) {
    case 'reload-finished':
      return { result: 'finished', generation: report.generation }
    case 'reload-refused':
      return {
        result: 'refused',
        generation: report.generation,
        why: describeError(report.error),
      }
    case 'reload-failed':
      return {
        result: 'failed',
        generation: report.generation,
        why: describeCause(report.cause, settings),
      }
    default:
      return undefined
  }
}
