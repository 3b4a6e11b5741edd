import type {
  ArbiterMessage,
  ErrorReport,
  ProcessSample,
  RetireReason,
  WorkerMessage,
  WorkerStats,
} from '@nunicorn/contract'
import { ExitCode } from '@nunicorn/contract'

import { assertNever } from '../machine/index.ts'
import type { ProgramPlace, SpawnOrder } from '../ports.ts'
import type { Notice } from './notice.ts'

/** Speaks for a program that knows no worker messages. */
export interface Mouthpiece {
  /** What the program says. */
  hear(notice: Notice): void
  /** What the arbiter says. */
  receive(message: ArbiterMessage): void
  /** The probe has found it ready. */
  probed(): void
  /** Aborts once a probe has nothing to find out any more: the program has spoken for itself, or has ended. */
  readonly decided: AbortSignal
  ended(exit: Exit): void
  readonly stackSignal: NodeJS.Signals | undefined
}

type Exit = Parameters<SpawnOrder['onExit']>[0]

export interface MouthpieceOptions {
  readonly place: Pick<ProgramPlace, 'program' | 'order'>
  readonly sample: () => ProcessSample
  /** Sends SIGTERM. */
  readonly terminate: () => void
  /** Writes to the program. */
  readonly tell: (line: string) => void
}

const killedByTerm = 128 + 15

export function createMouthpiece(
  { onMessage, onExit }: Pick<SpawnOrder, 'onMessage' | 'onExit'>,
  { place: { program, order }, sample, terminate, tell }: MouthpieceOptions,
): Mouthpiece {
  const decided = new AbortController()
  const errors: string[] = []
  const stats = { requests: 0, inFlight: 0, connections: 0 } satisfies WorkerStats
  let ready = false
  let watched = false
  let stopping = false
  let retiring = false
  let ended = false
  /** When the program has been told to leave: by when. */
  let leaveBy: number | undefined
  let stackSignal: NodeJS.Signals | undefined

  const say = (message: WorkerMessage): void => void (ended || onMessage(message))
  const beat = (): void =>
    say({ type: 'beat', stats: { ...stats }, process: sample(), droppedOutput: 0 })
  // One that has never beaten by itself is not expected to, nor is one that is busy with leaving: its deadline is set.
  const beats = setInterval(() => {
    if (!watched || leaveBy !== undefined) beat()
  }, order.beatMs)

  function becomeReady(): void {
    if (ready || ended) return
    ready = true
    decided.abort()
    say({ type: 'ready', workerClass: program.name, ...(program.why && { why: program.why }) })
  }

  function retire(reason: RetireReason): void {
    if (retiring || leaveBy !== undefined) return
    retiring = true
    say({ type: 'retire', reason })
  }

  function leave(deadlineMs: number): void {
    const by = performance.now() + deadlineMs
    // To some programs a second TERM means to hurry: it is sent only when they have to.
    if (leaveBy !== undefined && by >= leaveBy) return
    leaveBy = by
    tell(`DRAIN=${Math.max(0, Math.round(deadlineMs))}\n`)
    if (!stopping) terminate()
  }

  function obey(message: ArbiterMessage): void {
    if (message.type === 'drain') return leave(message.deadlineMs)
    if (message.type !== 'ask') return
    const { id, question } = message
    const error = {
      code: 'cannot-answer',
      message: `A program cannot answer the question ${question.type}.`,
    }
    process.nextTick(say, { type: 'answer', id, error })
  }

  return {
    hear(notice) {
      if (ended) return
      decided.abort()
      switch (notice.type) {
        case 'ready':
          return becomeReady()
        case 'alive':
          watched = true
          return beat()
        case 'stopping':
          stopping = true
          return retire('signal')
        case 'retire':
          return retire(notice.reason)
        case 'counted':
          stats[notice.counter] = notice.value
          if (order.maxRequests > 0 && stats.requests >= order.maxRequests) retire('max-requests')
          return
        case 'error':
          return void errors.push(notice.text)
        case 'stack-signal':
          return void (stackSignal = notice.signal)
        case 'status':
          return say({ type: 'log', level: 'debug', message: notice.text })
        default:
          return assertNever(notice)
      }
    },
    // It has its sockets, and everything that concerns only Node is left out.
    receive: obey,
    probed: () => void (decided.signal.aborted || becomeReady()),
    decided: decided.signal,
    ended(exit) {
      if (ended) return
      clearInterval(beats)
      decided.abort()
      const failure = ready ? undefined : bootFailure(exit, errors)
      if (failure !== undefined && leaveBy === undefined) say(failure)
      ended = true
      onExit(leaveBy === undefined ? unasked(exit, ready) : asked(exit))
    },
    get stackSignal() {
      return stackSignal
    },
  }
}

function asked(exit: Exit): Exit {
  return leftByTerm(exit) ? { code: ExitCode.ok, signal: null } : exit
}

/** Then somebody else sent the TERM. Of one that obeys it by exit code 0 nobody can tell who wanted that. */
function unasked(exit: Exit, ready: boolean): Exit {
  return ready && leftByTerm(exit) ? { code: null, signal: 'SIGTERM' } : exit
}

/** What most programs do with a TERM that they have been sent. */
function leftByTerm({ code, signal }: Exit): boolean {
  return signal === 'SIGTERM' || code === killedByTerm
}

/** Of a program that says why by its exit code, or in words. */
function bootFailure({ code, signal }: Exit, errors: readonly string[]): WorkerMessage | undefined {
  const stage = code === ExitCode.appLoadError ? 'app-load' : 'boot'
  const [message, ...stack] = errors
  if (message === undefined && code !== ExitCode.appLoadError && code !== ExitCode.bootError)
    return undefined
  const error: ErrorReport = {
    code: 'program-failed',
    message:
      message ??
      `The program ended with ${signal ?? `exit code ${code}`}; what it wrote itself stands above.`,
    ...(stack.length > 0 && { stack: stack.join('\n') }),
  }
  return { type: 'boot-failed', stage, error }
}
