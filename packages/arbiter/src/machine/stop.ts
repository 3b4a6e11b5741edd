import { ExitCode } from '@nunicorn/contract'

import type { Cause } from './cause.ts'
import { drain, type Draft, kill, report } from './draft.ts'
import type { State, Worker } from './state.ts'

/** What a quick stop leaves to answers that are nearly out. */
const quickMs = 1_000
/** A signal that comes again sooner is the same one: timeout(1) sends it to its child and then to the whole group. */
const duplicateMs = 50

/**
 * TERM is graceful, INT and QUIT are quick. INT or QUIT turns a graceful stop into a quick one; one of the same kind again
 * forces the end. TERM after INT asks for less than is being done: wrappers such as npm send it after a Ctrl-C, which the
 * arbiter has already had from the terminal.
 */
export function askStop(
  draft: Draft,
  asked: { readonly how: 'graceful' | 'quick'; readonly signalNumber: number },
): void {
  const { state } = draft
  if (state.phase === 'running') {
    if (asked.how === 'graceful' && mayServeOn(state)) return leaveLater(draft)
    // The same TERM, twice: see duplicateMs.
    if (asked.how === 'graceful' && draft.now - (state.leaving?.askedAt ?? -Infinity) < duplicateMs)
      return
    return beginStop(draft, { how: asked.how, exitCode: ExitCode.ok })
  }
  if (state.stop === undefined || state.stop.how === 'forced') return
  if (state.stop.how === 'quick' && asked.how === 'graceful') return
  if (state.stop.how === 'graceful' && asked.how === 'quick') {
    state.stop = { ...state.stop, how: 'quick', askedAt: draft.now }
    report(draft, { type: 'stopping', how: 'quick' })
    return drainAll(draft)
  }
  if (draft.now - state.stop.askedAt < duplicateMs) return
  const exitCode = state.stop.exitCode || 128 + asked.signalNumber
  state.stop = { how: 'forced', exitCode, askedAt: draft.now }
  report(draft, { type: 'stopping', how: 'forced' })
  for (const worker of state.workers) kill(draft, worker, { type: 'forced-stop' })
}

/** The drain delay is over. */
export function leaveWhenDue(draft: Draft): void {
  const { phase, leaving } = draft.state
  if (phase !== 'running' || leaving === undefined || draft.now < leaving.until) return
  beginStop(draft, { how: 'graceful', exitCode: ExitCode.ok })
}

/** Not before the first worker is ready: nobody sends it anything. A second TERM is not willing to wait. */
function mayServeOn({ rules, everReady, leaving }: State): boolean {
  return rules.drainDelayMs > 0 && everReady && leaving === undefined
}

function leaveLater(draft: Draft): void {
  const { drainDelayMs: delayMs } = draft.state.rules
  draft.state.leaving = { askedAt: draft.now, until: draft.now + delayMs }
  report(draft, { type: 'leaving', delayMs })
}

/** A boot that fails before any worker was ever ready ends everything, with a code that says which kind of failure it was. */
export function endFirstBoot(draft: Draft, cause: Cause): void {
  report(draft, { type: 'first-boot-failed', cause })
  beginStop(draft, {
    how: 'quick',
    exitCode: cause.type === 'app-load' ? ExitCode.appLoadError : ExitCode.bootError,
  })
}

function beginStop(
  draft: Draft,
  stop: { readonly how: 'graceful' | 'quick'; readonly exitCode: number },
): void {
  const { state } = draft
  state.phase = 'stopping'
  state.stop = { ...stop, askedAt: draft.now }
  state.reload = undefined
  state.followUp = false
  if (stop.exitCode === ExitCode.ok) report(draft, { type: 'stopping', how: stop.how })
  draft.effects.push({ type: 'close-sockets' })
  drainAll(draft)
}

function drainAll(draft: Draft): void {
  const { state } = draft
  const deadlineMs = state.stop?.how === 'graceful' ? state.rules.gracefulTimeoutMs : quickMs
  for (const worker of state.workers) {
    if (worker.phase === 'booting') dismiss(draft, worker)
    else if (worker.phase !== 'ending') drain(draft, worker, { deadlineMs, acceptQueued: true })
  }
}

/**
 * A worker that still boots has nothing to finish, but it has been given its sockets: as long as it lives, and it may be
 * deaf while it imports, the kernel goes on accepting connections for it that nobody will answer.
 */
function dismiss(draft: Draft, worker: Worker): void {
  worker.leaving = true
  kill(draft, worker, { type: 'drained' })
}
