import { resolve } from 'node:path'
import { hostname } from 'node:os'
import { env, pid } from 'node:process'

import type {
  ArbiterMessage,
  LogLevel,
  Question,
  WorkerMessage,
  WorkerSample,
} from '@nunicorn/contract'
import type { Handle } from '@nunicorn/sockets'

import { bootOrder } from './boot-order.ts'
import type { Listeners } from './listeners.ts'
import type { Crash, Exit } from './machine/index.ts'
import type { Weighed } from './memory-watch.ts'
import type { CaptureStack, OutputLine, SpawnWorker, WorkerProcess } from './ports.ts'
import { createQuestions } from './questions.ts'
import type { ArbiterSettings } from './settings.ts'
import { telemetryEnvironment } from './telemetry-environment.ts'

/** What the workers of one generation have in common. */
export interface Generation {
  readonly number: number
  readonly settings: ArbiterSettings
  readonly listeners: Listeners
}

/** What a worker says to the machine. */
export type WorkerNews = Exclude<
  WorkerMessage,
  { readonly type: 'ask-socket' | 'answer' | 'crashing' | 'log' }
>

/** What is known of a process by what it said last. */
export interface Glance {
  /** 0 if it could not be started. */
  readonly pid: number
  readonly generation: number
  /** The class that a ready worker runs its app with, and why: `express (the app is an Express app)`. */
  readonly workerClass: string
  /** By its last beat. */
  readonly sample?: WorkerSample
  readonly memoryBytes?: number
  /** Where Node would have written its report of a fatal error. */
  readonly reportFolder?: string
}

/** Who a worker is, as events and the log name it. */
export interface WorkerName {
  readonly number: number
  readonly pid: number
  readonly generation: number
}

export interface FleetOptions {
  readonly spawnWorker: SpawnWorker
  readonly command: string
  /** What a worker says to the log. */
  readonly onLog?: (worker: WorkerName, entry: Extract<WorkerMessage, { type: 'log' }>) => void
  /** A line that a worker printed, where its output is captured. */
  readonly onOutput?: (worker: WorkerName, line: OutputLine) => void
  /** For settings that name none; without it there are no reports. */
  readonly reportFolder?: () => string | undefined
  readonly onMessage: (id: number, message: WorkerNews) => void
  readonly onMalformed: (id: number) => void
  readonly onExit: (id: number, exit: Omit<Exit, 'outOfMemory'>) => void
}

/** By an operator, who had the workers of this generation and of older ones in mind: a reload ends it. */
interface OrderedLevel {
  readonly level: LogLevel
  readonly generation: number
}

/** The processes behind the machine's worker ids. */
export interface Fleet {
  spawn(place: {
    readonly id: number
    readonly slot: number
    readonly generation: Generation
  }): void
  /** Sends the difference between the sockets the worker has and those of these slots. */
  assign(id: number, slots: readonly number[]): void
  send(id: number, message: ArbiterMessage): void
  /** What workers send to the log, other than their settings say. */
  logLevel: OrderedLevel | undefined
  /** All that have not been forgotten. */
  ids(): readonly number[]
  signal(id: number, signal: NodeJS.Signals): void
  /**
   * @throws NunicornError `no-answer` if none has come after `timeoutMs`, or the worker has ended; otherwise the worker's
   * own error.
   */
  ask(id: number, question: Question, timeoutMs: number): Promise<unknown>
  /** 0 for a process that could not be started. */
  pid(id: number): number
  /** Undefined if there is no such process. */
  idOf(pid: number): number | undefined
  look(id: number): Glance
  /** How much memory it uses. */
  measured(id: number, bytes: number): void
  /** How a program tells its stack. */
  captureStack(id: number): CaptureStack | undefined
  /** Its end has been dealt with. */
  forget(id: number): void
  /** The processes whose memory is limited. */
  weighed(): readonly Weighed[]
  /** The numbers of the generations that still have a process. */
  generations(): readonly number[]
}

const heapFullAt = 0.8

interface Member {
  readonly process: WorkerProcess
  readonly generation: Generation
  /** The sockets it accepts on, by their keys. */
  sockets: Sockets
  workerClass: string
  sample?: WorkerSample
  memoryBytes?: number
  readonly reportFolder?: string
  /** Its last words. */
  crash?: Crash
}

export function createFleet({
  spawnWorker,
  command,
  onLog,
  onOutput,
  reportFolder: usualReportFolder,
  onMessage,
  onMalformed,
  onExit,
}: FleetOptions): Fleet {
  const members = new Map<number, Member>()
  const questions = createQuestions((id, message) => members.get(id)?.process.send(message))
  const fleet: Fleet = {
    logLevel: undefined,
    spawn({ id, slot, generation }) {
      const { settings, number, listeners } = generation
      const { program } = settings
      const name = (): WorkerName => ({ number: slot, pid: fleet.pid(id), generation: number })
      const reportFolder = reportFolderOf(settings) ?? usualReportFolder?.()
      const { level, generation: newest = 0 } = fleet.logLevel ?? {}
      const logLevel = number <= newest ? level : undefined
      const order = bootOrder({ slot, generation, command, logLevel })
      const process = spawnWorker({
        directory: settings.directory,
        ...(settings.captureOutput && onOutput && { onOutput: (line) => onOutput(name(), line) }),
        env: {
          ...settings.env,
          NUNICORN_WORKER: String(slot),
          NUNICORN_GENERATION: String(number),
          ...telemetryEnvironment({
            given: settings.env['OTEL_RESOURCE_ATTRIBUTES'] ?? env['OTEL_RESOURCE_ATTRIBUTES'],
            instance: [hostname(), pid, slot, id],
            number: slot,
          }),
        },
        ...(program && { place: { program, listeners, order } }),
        onMessage(message) {
          if (message.type === 'ask-socket') return sendSocket(member, message.socket)
          if (message.type === 'answer') return questions.answered(id, message)
          if (message.type === 'log') return onLog?.(name(), message)
          if (message.type === 'crashing') return void (member.crash = message)
          if (message.type === 'beat') member.sample = sampleOf(message)
          if (message.type === 'ready') member.workerClass = describeClass(message)
          onMessage(id, message)
        },
        onMalformed: () => onMalformed(id),
        onExit(exit) {
          questions.gone(id)
          const { crash } = member
          onExit(id, { ...exit, heapFull: isHeapFull(member), ...(crash && { crash }) })
        },
      })
      const member: Member = {
        process,
        generation,
        sockets: new Map(),
        workerClass: settings.workerClass,
        ...(reportFolder !== undefined && { reportFolder }),
      }
      members.set(id, member)
      process.send({
        type: 'boot',
        order: { ...order, ...(reportFolder !== undefined && { reportFolder }) },
      })
    },
    assign(id, slots) {
      const member = members.get(id)
      if (member) sendDifference(member, slots)
    },
    send: (id, message) => members.get(id)?.process.send(message),
    signal: (id, signal) => members.get(id)?.process.signal(signal),
    pid: (id) => members.get(id)?.process.pid ?? 0,
    idOf: (pid) => [...members].find(([, member]) => member.process.pid === pid)?.[0],
    ask: (id, question, timeoutMs) => questions.ask(id, question, timeoutMs),
    captureStack: (id) => members.get(id)?.process.captureStack,
    look: (id) => glanceAt(members.get(id)),
    measured(id, bytes) {
      const member = members.get(id)
      if (member) member.memoryBytes = bytes
    },
    ids: () => [...members.keys()],
    forget: (id) => void members.delete(id),
    weighed: () => [...members].flatMap(([id, member]) => weighedOf(id, member)),
    generations: () => [...members.values()].map((member) => member.generation.number),
  }
  return fleet
}

function glanceAt(member: Member | undefined): Glance {
  if (member === undefined) return { pid: 0, generation: 0, workerClass: '' }
  const { process, generation, workerClass, sample, memoryBytes, reportFolder } = member
  return {
    pid: process.pid ?? 0,
    generation: generation.number,
    workerClass,
    ...(sample && { sample }),
    ...(memoryBytes !== undefined && { memoryBytes }),
    ...(reportFolder !== undefined && { reportFolder }),
  }
}

function reportFolderOf({ reportDir, directory }: ArbiterSettings): string | undefined {
  return reportDir === undefined ? undefined : resolve(directory, reportDir)
}

function sampleOf({
  stats,
  process,
  droppedOutput,
}: Extract<WorkerMessage, { type: 'beat' }>): WorkerSample {
  const { kept: _, ...counters } = stats
  return { ...counters, ...process, droppedOutput }
}

function isHeapFull({ sample }: Member): boolean {
  return sample !== undefined && sample.heapUsedBytes > heapFullAt * sample.heapLimitBytes
}

function weighedOf(id: number, { process: { pid }, generation }: Member): readonly Weighed[] {
  const { maxMemoryBytes, maxMemoryHardBytes } = generation.settings
  const limitBytes = maxMemoryBytes || maxMemoryHardBytes
  return pid === undefined || limitBytes === 0 ? [] : [{ id, pid, limitBytes }]
}

function describeClass({ workerClass, why }: Extract<WorkerMessage, { type: 'ready' }>): string {
  return why === undefined ? workerClass : `${workerClass} (${why})`
}

function sendDifference(member: Member, slots: readonly number[]): void {
  const had = member.sockets
  const wanted = socketsFor(member.generation.listeners, slots)
  member.sockets = wanted
  for (const socket of wanted.keys()) if (!had.has(socket)) sendSocket(member, socket)
  for (const socket of had.keys()) {
    if (!wanted.has(socket)) member.process.send({ type: 'unlisten', socket })
  }
}

/** What the worker asks for may have been taken from it meanwhile, or closed because everything stops. */
function sendSocket({ process, generation, sockets }: Member, socket: string): void {
  const { backlog } = generation.settings
  const { handle, path } = sockets.get(socket) ?? {}
  if (handle === undefined || handle.fd < 0) return
  process.send({ type: 'listen', socket, backlog, ...(path === undefined ? {} : { path }) }, handle)
}

type Sockets = ReadonlyMap<string, { readonly handle: Handle; readonly path: string | undefined }>

/** A listener that all slots share is one socket, whichever slots a worker serves. */
function socketsFor(listeners: Listeners, slots: readonly number[]): Sockets {
  const sockets = new Map<string, { handle: Handle; path: string | undefined }>()
  listeners.forEach((listener, index) => {
    const path = listener.address.type === 'unix' ? listener.address.path : undefined
    // There are fewer sockets than slots if the kernel refused one.
    for (const slot of slots.filter((number) => number <= listener.slots)) {
      sockets.set(listener.shared ? `${index}` : `${index}/${slot}`, {
        handle: listener.handle(slot - 1),
        path,
      })
    }
  })
  return sockets
}
