import type { AnswerHead } from './answer-head.ts'
import type { ClientKind } from './clients.ts'
import { FAILURES, type Outcome, type RequestError } from './outcome.ts'
import type { Failure, Kept, Trip } from './trip.ts'
import { WaitLog } from './wait-log.ts'

/** Answers that said the same in a header. Times are ms since the start of the run. */
export interface Tally {
  readonly answers: number
  readonly firstMs: number
  readonly lastMs: number
}

/** What became of the requests of one kind of client. */
export interface KindTally {
  readonly requests: number
  readonly ok: number
}

/** Where a run stands. */
export interface Progress {
  /** Requests that have ended, one way or another. */
  readonly requests: number
  readonly ok: number
  readonly failed: number
  /** By the kind of client. */
  readonly kinds: ReadonlyMap<ClientKind, KindTally>
  /** Requests withdrawn because an earlier answer on their connection, or a close frame, announced its end: not lost. */
  readonly sendAgain: number
  /** Server-sent events. */
  readonly events: number
  /** WebSocket messages that were echoed. */
  readonly messages: number
  /** How the clients whose requests have more than one good end saw them end: `websocket closed 1001`. */
  readonly endings: ReadonlyMap<string, number>
  /** By the worker that answered (`x-worker`), complete answers of any status. */
  readonly workers: ReadonlyMap<string, Tally>
  /** By what was served (`x-version`). */
  readonly versions: ReadonlyMap<string, Tally>
}

export interface ConnectionCounts {
  readonly opened: number
  /** Ended by the server between two requests. No failure: nobody had asked anything. */
  readonly closedIdle: number
  /** Of these, earlier than `Keep-Alive: timeout=N` promised: on a slower network a request would have been lost. */
  readonly closedEarly: number
}

export interface LedgerOptions {
  /** Begins every id. */
  readonly prefix: string
  readonly keepFailures: number
  readonly workerHeader: string
  readonly versionHeader: string
  readonly nowMs: () => number
}

/** Writes down what becomes of every request: exactly one outcome each. */
export class Ledger implements Progress {
  readonly outcomes: Record<Outcome, number>
  readonly failures: Failure[] = []
  readonly workers: Map<string, Tally> = new Map()
  readonly versions: Map<string, Tally> = new Map()
  readonly connections: { -readonly [K in keyof ConnectionCounts]: number } = {
    opened: 0,
    closedIdle: 0,
    closedEarly: 0,
  }
  readonly waits: WaitLog = new WaitLog()
  readonly kinds: Map<ClientKind, { requests: number; ok: number }> = new Map()
  readonly endings: Map<string, number> = new Map()
  readonly #options: LedgerOptions
  readonly #watchers = new Set<() => void>()
  #issued = 0
  requests: number = 0
  sendAgain: number = 0
  events: number = 0
  messages: number = 0
  /** Requests that were due in an open loop, and had not been sent when the run was stopped. */
  behind: number = 0

  constructor(options: LedgerOptions) {
    this.#options = options
    const names: readonly Outcome[] = ['ok', ...FAILURES]
    this.outcomes = Object.fromEntries(names.map((name) => [name, 0])) as Record<Outcome, number>
  }

  get ok(): number {
    return this.outcomes.ok
  }

  get failed(): number {
    return this.requests - this.ok
  }

  get inFlight(): number {
    return this.#issued - this.requests
  }

  idOf(sequence: number): string {
    return `${this.#options.prefix}-${sequence}`
  }

  issue(
    kind: ClientKind,
    { kept, dueMs }: { kept?: Kept | undefined; dueMs?: number | undefined },
  ): Trip {
    const sequence = ++this.#issued
    const nowMs = this.#options.nowMs()
    return {
      sequence,
      id: this.idOf(sequence),
      kind,
      sentMs: dueMs ?? nowMs,
      openedMs: kept?.openedMs ?? nowMs,
      idleMs: kept && nowMs - kept.answeredMs,
      localPort: kept?.connection.localPort,
      worker: kept?.last.worker,
    }
  }

  /** An answer has come, right or wrong: whole, or its head if it is a stream. */
  answered(trip: Trip, { headers }: Pick<AnswerHead, 'headers'>): void {
    const nowMs = this.#options.nowMs()
    this.waits.add(trip, nowMs - trip.sentMs)
    const worker = headers.get(this.#options.workerHeader)
    count(this.workers, worker, nowMs)
    count(this.versions, headers.get(this.#options.versionHeader), nowMs)
    trip.worker = worker
  }

  /** An echo has come for what was sent then. */
  echoed(trip: Trip, sentMs: number): void {
    this.waits.add({ ...trip, sentMs }, this.#options.nowMs() - sentMs)
    this.messages++
    this.#notify()
  }

  received(events: number): void {
    this.events += events
    this.#notify()
  }

  ended(how: string): void {
    this.endings.set(how, (this.endings.get(how) ?? 0) + 1)
  }

  succeed(trip: Trip): void {
    this.#settle(trip, 'ok')
  }

  fail(trip: Trip, error: RequestError): void {
    this.#keep(trip, error)
    this.#settle(trip, error.outcome)
  }

  /** Its connection was announced to end before it: it is to be sent again, by those who do. */
  withdraw(): void {
    this.#issued--
    this.sendAgain++
  }

  /** What had seemed ok turns out to be wrong: the server has sent more than an answer. */
  revoke(trip: Trip, error: RequestError): void {
    this.outcomes.ok--
    this.requests--
    const tally = this.#tallyOf(trip)
    tally.ok--
    tally.requests--
    this.fail(trip, error)
  }

  /** @returns a function that stops the watching */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  #settle(trip: Trip, outcome: Outcome): void {
    this.outcomes[outcome]++
    this.requests++
    const tally = this.#tallyOf(trip)
    tally.requests++
    if (outcome === 'ok') tally.ok++
    this.#notify()
  }

  #tallyOf({ kind }: Trip): { requests: number; ok: number } {
    let tally = this.kinds.get(kind)
    if (tally === undefined) this.kinds.set(kind, (tally = { requests: 0, ok: 0 }))
    return tally
  }

  #notify(): void {
    for (const watcher of this.#watchers) watcher()
  }

  #keep(trip: Trip, { outcome, message, bytesReceived }: RequestError): void {
    if (this.failures.length >= this.#options.keepFailures) return
    const { id, kind, localPort, openedMs, sentMs, idleMs, worker } = trip
    const where = { localPort, openedMs, reused: idleMs !== undefined, idleMs, worker }
    const failedMs = this.#options.nowMs()
    this.failures.push({
      id,
      kind,
      outcome,
      detail: message,
      ...where,
      sentMs,
      failedMs,
      bytesReceived,
    })
  }
}

function count(tallies: Map<string, Tally>, key: string | undefined, nowMs: number): void {
  if (key === undefined) return
  const { answers = 0, firstMs = nowMs } = tallies.get(key) ?? {}
  tallies.set(key, { answers: answers + 1, firstMs, lastMs: nowMs })
}
