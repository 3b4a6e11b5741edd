import { ExitCode } from '@nunicorn/contract'

import { assertNever } from './assert-never.ts'
import { afterDeath, isCrashLoop, stableAfterMs } from './budget.ts'
import {
  causeOf,
  isFromOutside,
  obeyedTerm,
  type Cause,
  type Diagnosis,
  type Exit,
} from './cause.ts'
import { condemn, countReady, type Draft, findWorker, kill, killGraceMs, report } from './draft.ts'
import type { Event } from './events.ts'
import { askReload, failReload, isCanary, refuseReload, takeSettings } from './reload.ts'
import { weigh } from './memory.ts'
import { isNews, kindOf } from './news.ts'
import type { RetireCause, Worker } from './state.ts'
import { askStop, endFirstBoot } from './stop.ts'

/** What an event changes at once; what follows from it is the business of the other rules. */
export function apply(draft: Draft, event: Event): void {
  const { state } = draft
  switch (event.type) {
    case 'ticked':
      return
    case 'reload-asked':
      return askReload(draft)
    case 'settings-read':
      return takeSettings(draft, event.rules)
    case 'settings-refused':
      return refuseReload(draft, event.error)
    case 'scale-asked':
      if (state.phase !== 'running') return
      state.target = Math.max(1, 'to' in event ? event.to : state.target + event.by)
      return report(draft, { type: 'scaled', target: state.target })
    case 'stop-asked':
      return askStop(draft, event)
    case 'worker-exited':
      return reap(draft, event)
    case 'worker-ready':
    case 'worker-boot-failed':
    case 'worker-beat':
    case 'worker-asked-to-retire':
    case 'worker-drained':
    case 'worker-measured':
    case 'worker-diagnosed':
    case 'restart-asked':
    case 'kill-asked':
    case 'silence-granted': {
      const worker = findWorker(draft, event.id)
      return worker && hear(draft, worker, event)
    }
    default:
      return assertNever(event)
  }
}

type Word = Extract<Event, { id: number }>

/** What a worker has said, or has been found out about it. */
function hear(draft: Draft, worker: Worker, event: Exclude<Word, { type: 'worker-exited' }>): void {
  switch (event.type) {
    case 'worker-ready':
      return greet(draft, worker)
    case 'worker-boot-failed':
      worker.cause ??= { type: event.stage, error: event.error }
      worker.killAt ??= draft.now + killGraceMs
      return
    case 'worker-beat':
      return noteBeat(draft, worker, event.kept)
    case 'worker-asked-to-retire':
      return retire(draft, worker, event.reason)
    case 'restart-asked':
      return retire(draft, worker, 'operator')
    case 'kill-asked':
      return kill(draft, worker, { type: 'killed' })
    case 'silence-granted':
      worker.silentUntil = draft.now + event.forMs
      return
    case 'worker-drained':
      if (event.cut.length === 0) return
      return report(draft, { type: 'work-cut', id: worker.id, slot: worker.slot, cut: event.cut })
    case 'worker-measured':
      return weigh(draft, worker, event.bytes)
    case 'worker-diagnosed':
      return judge(draft, worker, event.diagnosis)
    default:
      return assertNever(event)
  }
}

function retire(draft: Draft, worker: Worker, reason: RetireCause): void {
  if (worker.phase !== 'ready' || worker.retiring !== undefined) return
  worker.retiring = reason
  report(draft, { type: 'worker-retiring', id: worker.id, slot: worker.slot, reason })
}

function greet(draft: Draft, worker: Worker): void {
  const { state, now } = draft
  if (worker.phase !== 'booting') return
  worker.phase = 'ready'
  worker.readyAt = now
  worker.beatAt = now
  worker.diagnosisDueAt = undefined
  worker.excused = undefined
  const { id, slot, generation } = worker
  report(draft, {
    type: 'worker-ready',
    id,
    slot,
    generation,
    bootMs: now - worker.spawnedAt,
    first: !state.everReady,
    quiet: state.degraded,
  })
  state.everReady = true
}

function noteBeat(draft: Draft, worker: Worker, kept: number | undefined): void {
  if (worker.phase === 'ending') return
  worker.kept = kept
  worker.keptAt = draft.now
  worker.beatAt = draft.now
  if (worker.phase !== 'booting') worker.diagnosisDueAt = undefined
  if (!worker.suspect) return
  worker.suspect = false
  worker.excused = undefined
  report(draft, { type: 'worker-recovered', id: worker.id, slot: worker.slot })
}

/** The answer to `diagnose-worker`, unless the worker has come back to life meanwhile. */
function judge(draft: Draft, worker: Worker, diagnosis: Diagnosis): void {
  if (worker.diagnosisDueAt === undefined || worker.phase === 'ending') return
  if (diagnosis.verdict === 'starved' || diagnosis.verdict === 'debugged')
    return excuse(draft, worker, diagnosis)
  condemn(draft, worker, { type: worker.phase === 'booting' ? 'boot-timeout' : 'hang', diagnosis })
}

/** A worker that is starved or debugged has as much time again. */
function excuse(draft: Draft, worker: Worker, diagnosis: Diagnosis): void {
  const { id, slot } = worker
  worker.diagnosisDueAt = undefined
  worker.beatAt = draft.now
  if (worker.phase === 'booting') worker.spawnedAt = draft.now
  if (worker.excused === diagnosis.verdict) return
  worker.excused = diagnosis.verdict
  report(draft, { type: 'worker-excused', id, slot, diagnosis })
}

function reap(
  draft: Draft,
  event: { readonly id: number; readonly exit: Exit; readonly random: number },
): void {
  const { state } = draft
  const worker = findWorker(draft, event.id)
  if (worker === undefined) return
  state.workers = state.workers.filter((other) => other !== worker)
  const drained = worker.leaving && event.exit.code === ExitCode.ok
  const cause = worker.cause ?? (drained ? { type: 'drained' } : causeOfDeath(worker, event.exit))
  const lost = !worker.leaving
  const canary = isCanary(state, worker)
  const fatal = lost && !canary && !state.everReady && !isFromOutside(cause)
  const sameAgain =
    state.phase === 'stopping' && state.stop?.exitCode !== ExitCode.ok && !state.everReady
  const known = state.degraded && lost && !isNews(state, { slot: worker.slot, kind: kindOf(cause) })
  // Said in full by what follows, or of another worker before, or while it is known that it keeps dying of this.
  const quiet = canary || fatal || sameAgain || known
  const { id, slot, spawnedAt, beatAt } = worker
  report(draft, {
    type: 'worker-ended',
    id,
    slot,
    cause,
    lost,
    ageMs: draft.now - spawnedAt,
    silentMs: draft.now - beatAt,
    quiet,
  })
  if (lost && !canary) noteDeath(draft, worker, { cause, random: event.random })
  if (state.phase !== 'running') return
  if (canary)
    return failReload(draft, { type: 'reload-failed', generation: worker.generation, cause })
  if (fatal) endFirstBoot(draft, cause)
}

/** Some do not wait for their replacement once somebody outside has told them to leave. */
function causeOfDeath({ retiring }: Worker, exit: Exit): Cause {
  return retiring === 'signal' && obeyedTerm(exit)
    ? { type: 'signal', signal: 'SIGTERM' }
    : causeOf(exit)
}

function noteDeath(
  draft: Draft,
  worker: Worker,
  death: { readonly cause: Cause; readonly random: number },
): void {
  const { state, now } = draft
  const { id, slot, readyAt } = worker
  const young = readyAt === undefined || now - readyAt < stableAfterMs
  const fromOutside = isFromOutside(death.cause)
  const health = afterDeath(state.slots[slot], {
    id,
    young,
    fromOutside,
    random: death.random,
    now,
    kind: kindOf(death.cause),
  })
  state.slots[slot] = health
  if (state.phase !== 'running' || slot > state.target || !state.everReady) return
  if (state.degraded) return
  const { failures } = health
  // What a slot has been through that nobody wants any more says nothing.
  const wanted = Object.entries(state.slots).flatMap(([number, history]) =>
    Number(number) <= state.target ? [history] : [],
  )
  if (isCrashLoop(wanted)) {
    state.degraded = true
    return report(draft, {
      type: 'degraded',
      slot,
      failures,
      ready: countReady(draft),
      target: state.target,
      cause: death.cause,
    })
  }
  const delayMs = health.notBefore - now
  if (delayMs > 0) report(draft, { type: 'respawn-delayed', slot, delayMs, failures })
}
