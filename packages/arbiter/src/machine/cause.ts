import { type ErrorReport, ExitCode, type OpenRequest } from '@nunicorn/contract'

/** Why a worker ended: each death has one cause. */
export type Cause =
  /** Asked to leave (reload, scale, retirement, stop) and left. */
  | { readonly type: 'drained' }
  /** The app named on the command line is missing or is no app. */
  | { readonly type: 'app-load'; readonly error: ErrorReport }
  /** The app's code threw while it booted. */
  | { readonly type: 'boot'; readonly error: ErrorReport }
  | { readonly type: 'boot-timeout'; readonly diagnosis: Diagnosis }
  | { readonly type: 'hang'; readonly diagnosis: Diagnosis }
  /** Did not leave within the graceful timeout. */
  | { readonly type: 'drain-timeout' }
  /** An operator had it killed. */
  | { readonly type: 'killed' }
  /** A second signal forced the end of everything. */
  | { readonly type: 'forced-stop' }
  /** Ended itself: `process.exit` or an uncaught error. */
  | ({ readonly type: 'exit'; readonly code: number } & Partial<Crash>)
  /** V8 could not allocate and aborted. */
  | { readonly type: 'heap'; readonly report?: FatalReport }
  /** Used more than max-memory-hard. */
  | { readonly type: 'memory'; readonly bytes: number; readonly limitBytes: number }
  /** The kernel's out-of-memory killer took it. */
  | { readonly type: 'out-of-memory' }
  /** A signal that the arbiter did not send. */
  | { readonly type: 'signal'; readonly signal: string; readonly report?: FatalReport }
  /** The process could not be started at all. */
  | { readonly type: 'spawn'; readonly message: string }

/** What a worker says that an error ends. */
export interface Crash {
  /** Nobody caught it. */
  readonly error: ErrorReport
  /** Those that it held, the oldest first. */
  readonly requests?: readonly OpenRequest[]
}

/** What a silent worker was doing. */
export interface Diagnosis {
  /**
   * `spinning`: burns CPU. `blocked`: waits in the kernel. `stopped`: by SIGSTOP.
   * `starved`: would run if it were given a CPU, `debugged`: somebody looks at it; so these two are not hung.
   */
  readonly verdict: 'spinning' | 'blocked' | 'stopped' | 'starved' | 'debugged' | 'unknown'
  /** Where in the kernel it waits (`/proc/PID/wchan`). */
  readonly waitsIn?: string
  /** It waits in a way that not even SIGKILL ends: for a disk (state D). */
  readonly uninterruptible?: true
  /** What of it lies in swap, and how many pages had to be read from there while it was silent. */
  readonly swap?: { readonly bytes: number; readonly majorFaults: number }
  /** Of a starved one: what kept CPU time from it. */
  readonly cpu?: CpuSupply
  /** Of a debugged one: by whom. */
  readonly debugger?: string
  /** The stack of its JavaScript, or that of a program, innermost frame first. */
  readonly stack?: readonly StackFrame[]
  /** The requests that it held when its stack was taken; first the one that was being run, where that can be told. */
  readonly requests?: readonly OpenRequest[]
  /** Why there is no stack. */
  readonly stackMissing?: string
}

/** What was missing of CPU time while a worker was silent. */
export interface CpuSupply {
  /** Periods in which the quota of its cgroup was used up, and for how long that stopped somebody. */
  readonly throttledPeriods: number
  readonly throttledMs: number
  /** The part of the time in which somebody on the machine waited for a CPU (PSI). */
  readonly pressure: number
}

/** What matters of the report that Node wrote when a fatal error ended the process. */
export interface FatalReport {
  readonly file: string
  /** `Allocation failed - JavaScript heap out of memory`. */
  readonly event: string
  /** `OOMError`, `FatalError`. */
  readonly trigger: string
  readonly heapUsedBytes: number
  readonly heapLimitBytes: number
  /** Of JavaScript; V8 has none to tell when it is out of memory. */
  readonly stack: readonly string[]
}

export interface StackFrame {
  readonly functionName: string
  readonly url: string
  readonly line: number
  /** 0 if it is not known. */
  readonly column: number
}

/** How the kernel said that a process ended. */
export interface Exit {
  readonly code: number | null
  readonly signal: string | null
  /** The out-of-memory killer was at work (`memory.events` counted it). */
  readonly outOfMemory: boolean
  /** Its last beat said that V8's heap was nearly full. */
  readonly heapFull: boolean
  /** What Node wrote when it ended. */
  readonly report?: FatalReport
  readonly crash?: Crash
  /** Set instead of the rest when the process never started. */
  readonly spawnError?: string
}

/** What an exit says about a worker that nobody had asked to leave. */
export function causeOf(exit: Exit): Cause {
  if (exit.spawnError !== undefined) return { type: 'spawn', message: exit.spawnError }
  if (exit.outOfMemory) return { type: 'out-of-memory' }
  const { report } = exit
  if (exit.signal !== null) {
    const isHeap = report ? isOutOfHeap(report) : exit.signal === 'SIGABRT' && exit.heapFull
    return {
      ...(isHeap ? { type: 'heap' } : { type: 'signal', signal: exit.signal }),
      ...(report && { report }),
    }
  }
  const { error, requests } = exit.crash ?? {}
  return {
    type: 'exit',
    code: exit.code ?? 0,
    ...(error && { error }),
    ...(requests && { requests }),
  }
}

/** Whether a worker that was told by somebody outside to leave, and has said so, left in good order: 143 is 128 and SIGTERM. */
export function obeyedTerm({ code }: Exit): boolean {
  return code === ExitCode.ok || code === 143
}

/** A heap may fill between two beats; the report knows. */
function isOutOfHeap({ event, trigger }: FatalReport): boolean {
  return trigger === 'OOMError' || event.includes('heap out of memory')
}

/** Somebody outside ended it, which says nothing about the health of the code. */
export function isFromOutside(cause: Cause): boolean {
  if (cause.type !== 'signal') return cause.type === 'killed'
  return ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'].includes(cause.signal)
}
