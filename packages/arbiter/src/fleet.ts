import type { ArbiterMessage, BootOrder, WorkerMessage } from '@nunicorn/contract'
import type { Handle } from '@nunicorn/sockets'

import type { Listeners } from './listeners.ts'
import type { Exit } from './machine/index.ts'
import type { Weighed } from './memory-watch.ts'
import type { SpawnWorker, WorkerProcess } from './ports.ts'
import { type ArbiterSettings, beatMsFor } from './settings.ts'

/** What the workers of one generation have in common. */
export interface Generation {
  readonly number: number
  readonly settings: ArbiterSettings
  readonly listeners: Listeners
}

export interface FleetOptions {
  readonly spawnWorker: SpawnWorker
  readonly command: string
  readonly onMessage: (id: number, message: WorkerMessage) => void
  readonly onMalformed: (id: number) => void
  readonly onExit: (id: number, exit: Omit<Exit, 'outOfMemory'>) => void
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
  signal(id: number, signal: NodeJS.Signals): void
  /** 0 for a process that could not be started. */
  pid(id: number): number
  /** The class that a ready worker runs its app with, and why: `express (the app is an Express app)`. */
  workerClass(id: number): string
  /** Its end has been dealt with. */
  forget(id: number): void
  /** The processes whose memory is limited. */
  weighed(): readonly Weighed[]
  /** The numbers of the generations that still have a process. */
  generations(): readonly number[]
}

interface Member {
  readonly process: WorkerProcess
  readonly generation: Generation
  /** The keys of the sockets it accepts on. */
  sockets: ReadonlySet<string>
  heapFull: boolean
  workerClass: string
}

export function createFleet({
  spawnWorker,
  command,
  onMessage,
  onMalformed,
  onExit,
}: FleetOptions): Fleet {
  const members = new Map<number, Member>()
  return {
    spawn({ id, slot, generation }) {
      const { settings, number } = generation
      const process = spawnWorker({
        directory: settings.directory,
        env: {
          ...settings.env,
          NUNICORN_WORKER: String(slot),
          NUNICORN_GENERATION: String(number),
        },
        onMessage(message) {
          if (message.type === 'beat') member.heapFull = message.heapFull
          if (message.type === 'ready') member.workerClass = describeClass(message)
          onMessage(id, message)
        },
        onMalformed: () => onMalformed(id),
        onExit: (exit) => onExit(id, { ...exit, heapFull: member.heapFull }),
      })
      const member: Member = {
        process,
        generation,
        sockets: new Set(),
        heapFull: false,
        workerClass: settings.workerClass,
      }
      members.set(id, member)
      process.send({ type: 'boot', order: bootOrder({ slot, generation, command }) })
    },
    assign(id, slots) {
      const member = members.get(id)
      if (member) sendDifference(member, slots)
    },
    send: (id, message) => members.get(id)?.process.send(message),
    signal: (id, signal) => members.get(id)?.process.signal(signal),
    pid: (id) => members.get(id)?.process.pid ?? 0,
    workerClass: (id) => members.get(id)?.workerClass ?? '',
    forget: (id) => void members.delete(id),
    weighed: () => [...members].flatMap(([id, member]) => weighedOf(id, member)),
    generations: () => [...members.values()].map((member) => member.generation.number),
  }
}

function weighedOf(id: number, { process: { pid }, generation }: Member): readonly Weighed[] {
  const { maxMemoryBytes, maxMemoryHardBytes } = generation.settings
  const limitBytes = maxMemoryBytes || maxMemoryHardBytes
  return pid === undefined || limitBytes === 0 ? [] : [{ id, pid, limitBytes }]
}

function describeClass({ workerClass, why }: Extract<WorkerMessage, { type: 'ready' }>): string {
  return why === undefined ? workerClass : `${workerClass} (${why})`
}

function bootOrder({
  slot,
  generation,
  command,
}: {
  readonly slot: number
  readonly generation: Generation
  readonly command: string
}): BootOrder {
  const { settings } = generation
  const { app, name, workerClass, keepAliveMs, gracefulTimeoutMs, maxRequests, maxRequestsJitter } =
    settings
  const jitter = Math.floor(Math.random() * (maxRequestsJitter + 1))
  return {
    number: slot,
    generation: generation.number,
    app,
    name,
    workerClass,
    command,
    beatMs: beatMsFor(settings),
    maxRequests: maxRequests === 0 ? 0 : maxRequests + jitter,
    settings: { keepAliveMs, gracefulTimeoutMs },
  }
}

function sendDifference(member: Member, slots: readonly number[]): void {
  const { process, generation } = member
  const { backlog } = generation.settings
  const wanted = socketsFor(generation.listeners, slots)
  for (const [socket, { handle, path }] of wanted) {
    if (member.sockets.has(socket)) continue
    process.send(
      { type: 'listen', socket, backlog, ...(path === undefined ? {} : { path }) },
      handle,
    )
  }
  for (const socket of member.sockets) {
    if (!wanted.has(socket)) process.send({ type: 'unlisten', socket })
  }
  member.sockets = new Set(wanted.keys())
}

/** A listener that all slots share is one socket, whichever slots a worker serves. */
function socketsFor(
  listeners: Listeners,
  slots: readonly number[],
): ReadonlyMap<string, { readonly handle: Handle; readonly path: string | undefined }> {
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
