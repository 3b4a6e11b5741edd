import type { ArbiterMessage, BootOrder, Program, WorkerMessage } from '@nunicorn/contract'
import type { Handle } from '@nunicorn/sockets'

import type { Listeners } from './listeners.ts'
import type { Diagnosis, Exit, StackFrame } from './machine/index.ts'

/** Monotonic time, and one timer at a time. */
export interface Clock {
  now(): number
  /** Calls back once, at that time; a later call replaces it. */
  wake(at: number, callback: () => void): void
  stop(): void
}

/** Starts worker processes. */
export type SpawnWorker = (order: SpawnOrder) => WorkerProcess

export interface SpawnOrder {
  readonly directory: string
  readonly env: Readonly<Record<string, string>>
  /** The worker is a program that is no Node, and this is its place. */
  readonly place?: ProgramPlace
  onMessage(message: WorkerMessage): void
  /** Called once at most: it sends messages with a type of ours that are not ours. They are ignored. */
  onMalformed(): void
  /** Called with each line that the process prints; without it, its output goes where ours goes, untouched. */
  onOutput?(line: OutputLine): void
  /** Called once, after the last message. */
  onExit(exit: Omit<Exit, 'outOfMemory' | 'heapFull'>): void
}

/** What a program is started with. */
export interface ProgramPlace {
  readonly program: Program
  /** It inherits the socket that all slots of a listener share. */
  readonly listeners: Listeners
  readonly order: BootOrder
}

/** A line that a process printed, without its end; a very long one comes in pieces. */
export interface OutputLine {
  readonly stream: 'stdout' | 'stderr'
  readonly text: string
}

/** The arbiter's end of one worker process. */
export interface WorkerProcess {
  /** Undefined if it could not be started. */
  readonly pid: number | undefined
  send(message: ArbiterMessage, handle?: Handle): void
  signal(signal: NodeJS.Signals): void
  /** Of a program: its stack as it tells it itself; undefined if it cannot. */
  captureStack?: CaptureStack
}

/** @throws Error saying why there is no stack, at the latest when `limit` aborts. */
export type CaptureStack = (
  limit: AbortSignal,
) => Promise<{ readonly stack: readonly StackFrame[] } | undefined>

/** Finds out what a silent process is doing. */
export interface Diagnostician {
  /** Notes how much CPU time it has used by now. */
  watch(pid: number): void
  /** `captureStack` is that of a program, which must not be asked for an inspector. */
  diagnose(pid: number, captureStack?: CaptureStack): Promise<Diagnosis>
  /** What a process, silent or not, is doing at this moment; it goes on as if nothing had happened. */
  look(pid: number, captureStack?: CaptureStack): Promise<Diagnosis>
  forget(pid: number): void
}

/** Measures what a process costs in memory. */
export interface MemoryGauge {
  /**
   * Its share of the memory in use, in bytes. At or below `aboveBytes` it may be an upper bound, which is cheaper to have.
   * Undefined if the process is gone or the system does not say.
   */
  measure(pid: number, aboveBytes: number): Promise<number | undefined>
}

/** Ends blocked workers when the arbiter itself was killed: they cannot see that it is gone. */
export interface OrphanGuard {
  /** A program cannot tell that its arbiter is gone: it is sent SIGTERM, and killed when `graceMs` are over. */
  add(pid: number, program?: { readonly graceMs: number }): void
  remove(pid: number): void
  close(): void
}
