import type { ErrorReport } from '@nunicorn/contract'

import type {
  Diagnosis,
  Effect,
  Event,
  Exit,
  Report,
  Rules,
  State,
} from '../../src/machine/index.ts'
import { initialState, step } from '../../src/machine/index.ts'
import { checkStep } from './invariants.ts'
import { deepFreeze } from './deep-freeze.ts'

/** What a fake worker will do. Durations are virtual milliseconds. */
export interface Behaviour {
  readonly bootMs?: number
  /** How the boot ends; `never`: the import hangs. */
  readonly boot?: 'ready' | 'app-load' | 'boot' | 'never'
  /** Exits with code 1 so long after it was ready. */
  readonly diesAfterMs?: number
  /** Stops beating so long after it was ready, and for how long: for good, if that is left out. */
  readonly hangsAfterMs?: number
  readonly hangMs?: number
  /** Asks to be replaced so long after it was ready. */
  readonly retiresAfterMs?: number
  /** `Infinity`: ignores that it shall leave. */
  readonly drainMs?: number
  /** What the diagnosis finds, and how long that takes; `Infinity`: no answer. */
  readonly verdict?: Diagnosis['verdict']
  readonly diagnosisMs?: number
  /** How long the kernel needs to end it: long, while it waits for a disk. */
  readonly killMs?: number
  /** Says that its boot failed, but does not exit. */
  readonly lingers?: boolean
  /** How much memory it uses once it is ready, and by how much more each second. */
  readonly bytes?: number
  readonly leaksBytes?: number
}

export interface WorldOptions {
  readonly rules?: Partial<Rules>
  readonly behave?: (order: Extract<Effect, { type: 'spawn-worker' }>) => Behaviour
  /** What reading the settings gives; called for each reload. */
  readonly readSettings?: (rules: Rules) => Partial<Rules> | ErrorReport
  /** Sees the state after each step. */
  readonly observe?: (state: State) => void
  /** Hears each report. */
  readonly hear?: (report: Report) => void
}

/** An effect, and when it was asked for. */
export type Timed<T> = T & { readonly at: number }

/** A worker process as it really is, whatever the machine believes. */
interface Process {
  readonly id: number
  readonly slot: number
  readonly generation: number
  behaviour: Behaviour
  ready: boolean
  hung: boolean
  /** Has ended; the machine may not know yet. */
  gone: boolean
  /** Was told to leave while it could not listen. */
  owesDrain: boolean
}

export const defaultRules: Rules = {
  workers: 2,
  timeoutMs: 30_000,
  gracefulTimeoutMs: 30_000,
  bootTimeoutMs: 60_000,
  drainDelayMs: 0,
  soakMs: 1_000,
  beatMs: 1_000,
  maxMemoryBytes: 0,
  maxMemoryHardBytes: 0,
  rebalance: true,
}

export const someError: ErrorReport = { code: 'app-threw', message: 'the app threw' }

/** Performs the machine's effects on scripted workers, on a clock that jumps from one event to the next. */
export class FakeWorld {
  now = 0
  state: State
  readonly effects: Timed<Effect>[] = []
  /** When the machine was called for no other reason than that it asked to be. */
  readonly ticks: number[] = []
  exitCode: number | undefined
  readonly #processes = new Map<number, Process>()
  readonly #agenda: { readonly at: number; readonly happen: () => void }[] = []
  readonly #options: WorldOptions
  #unheard: Event[] | undefined
  #wakeAt = 0
  #mended = false
  #randomSeed = 1

  constructor(options: WorldOptions = {}) {
    this.#options = options
    this.state = initialState({ ...defaultRules, ...options.rules }, 0)
    this.tell({ type: 'ticked' })
  }

  /** Lets virtual time pass. */
  run(forMs: number): this {
    const end = this.now + forMs
    while (this.exitCode === undefined) {
      const next = this.#agenda[0]
      const wakeAt = this.#unheard ? Number.POSITIVE_INFINITY : this.#wakeAt
      const at = Math.max(this.now, Math.min(next?.at ?? Number.POSITIVE_INFINITY, wakeAt))
      if (at > end) break
      this.now = at
      if (next !== undefined && next.at <= at) {
        this.#agenda.shift()
        next.happen()
      } else {
        this.ticks.push(this.now)
        this.tell({ type: 'ticked' })
      }
    }
    this.now = end
    return this
  }

  /** The arbiter does not run for so long (SIGSTOP, a suspended machine); then it hears everything at once. */
  suspend(forMs: number): this {
    this.#unheard = []
    this.run(forMs)
    const unheard = this.#unheard
    this.#unheard = undefined
    for (const event of [{ type: 'ticked' } as const, ...unheard]) this.tell(event)
    return this
  }

  tell(event: Event): this {
    if (this.exitCode !== undefined) return this
    if (this.#unheard) {
      this.#unheard.push(event)
      return this
    }
    if (event.type === 'worker-exited') this.#processes.delete(event.id)
    const before = deepFreeze(this.state)
    const taken = step(before, event, this.now)
    this.state = taken.state
    this.#wakeAt = taken.wakeAt
    checkStep({ before, event, ...taken, now: this.now })
    this.#options.observe?.(taken.state)
    for (const effect of taken.effects) {
      this.effects.push({ ...effect, at: this.now })
      this.#perform(effect)
    }
    return this
  }

  reload(): this {
    return this.tell({ type: 'reload-asked' })
  }

  scale(by: number): this {
    return this.tell({ type: 'scale-asked', by })
  }

  scaleTo(to: number): this {
    return this.tell({ type: 'scale-asked', to })
  }

  restart(id: number): this {
    return this.tell({ type: 'restart-asked', id })
  }

  /** As an operator has it done; see {@link killWorker} for a signal from outside. */
  orderKill(id: number): this {
    return this.tell({ type: 'kill-asked', id })
  }

  term(): this {
    return this.tell({ type: 'stop-asked', how: 'graceful', signalNumber: 15 })
  }

  int(): this {
    return this.tell({ type: 'stop-asked', how: 'quick', signalNumber: 2 })
  }

  /** A signal from outside ends a worker. */
  killWorker(id: number, signal = 'SIGKILL'): this {
    this.#exit(id, { signal })
    return this
  }

  hang(id: number): this {
    const process = this.#processes.get(id)
    if (process) process.hung = true
    return this
  }

  unhang(id: number): this {
    const process = this.#processes.get(id)
    if (!process?.hung || process.gone) return this
    process.hung = false
    if (process.owesDrain) this.#leave(process)
    else if (process.ready) this.tell({ type: 'worker-beat', id })
    return this
  }

  /** From now on every worker is healthy, except that an import that hangs goes on hanging. */
  mend(): this {
    this.#mended = true
    for (const process of this.#processes.values()) {
      const { drainMs } = process.behaviour
      process.behaviour = {
        ...(process.hung && !process.ready ? { boot: 'never' } : {}),
        ...(drainMs === undefined ? {} : { drainMs }),
      }
      if (process.ready) this.unhang(process.id)
    }
    return this
  }

  /** The ids of the processes that exist. */
  get alive(): readonly number[] {
    return [...this.#processes.values()].filter(({ gone }) => !gone).map(({ id }) => id)
  }

  /** The ids of the workers that serve, oldest first. */
  get ready(): readonly number[] {
    return this.state.workers
      .filter((worker) => worker.phase === 'ready')
      .map((worker) => worker.id)
  }

  get generations(): readonly number[] {
    return [...new Set(this.state.workers.map((worker) => worker.generation))]
  }

  /** The effects of one type so far. */
  done<T extends Effect['type']>(type: T): readonly Timed<Extract<Effect, { type: T }>>[] {
    return this.effects.filter(
      (effect): effect is Timed<Extract<Effect, { type: T }>> => effect.type === type,
    )
  }

  /** The reports of one type so far. */
  told<T extends Report['type']>(type: T): readonly Extract<Report, { type: T }>[] {
    const reports = this.done('report').map((effect) => effect.report)
    return reports.filter((report): report is Extract<Report, { type: T }> => report.type === type)
  }

  #after(ms: number, happen: () => void): void {
    if (ms === Number.POSITIVE_INFINITY) return
    const at = this.now + ms
    const later = this.#agenda.findIndex((entry) => entry.at > at)
    this.#agenda.splice(later === -1 ? this.#agenda.length : later, 0, { at, happen })
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case 'spawn-worker':
        return this.#spawn(effect)
      case 'drain-worker':
        return this.#drain(this.#process(effect.id), effect.deadlineMs)
      case 'signal-worker':
        return this.#signal(this.#process(effect.id), effect.signal)
      case 'diagnose-worker':
        return this.#diagnose(this.#process(effect.id))
      case 'shed-connections':
      case 'watch-worker':
      case 'assign-slots':
        return void this.#process(effect.id)
      case 'read-settings':
        return this.#after(10, () => this.#readSettings())
      case 'report':
        return this.#options.hear?.(effect.report)
      case 'exit':
        if (this.#processes.size > 0) throw new Error(`left behind: ${this.alive.join()}`)
        this.exitCode = effect.code
        return
      default:
    }
  }

  #process(id: number): Process {
    const process = this.#processes.get(id)
    if (process === undefined) throw new Error(`there is no worker ${id}`)
    return process
  }

  #spawn(order: Extract<Effect, { type: 'spawn-worker' }>): void {
    const { id, slot, generation } = order
    const behaviour = this.#mended ? {} : (this.#options.behave?.(order) ?? {})
    const process: Process = {
      id,
      slot,
      generation,
      behaviour,
      ready: false,
      hung: behaviour.boot === 'never',
      gone: false,
      owesDrain: false,
    }
    this.#processes.set(id, process)
    this.#after(behaviour.bootMs ?? 50, () => this.#endBoot(process))
  }

  #endBoot(process: Process): void {
    const { id, behaviour } = process
    const {
      boot = 'ready',
      hangsAfterMs = Infinity,
      hangMs = Infinity,
      diesAfterMs = Infinity,
      retiresAfterMs = Infinity,
    } = behaviour
    if (process.gone || boot === 'never' || process.owesDrain) return
    if (boot !== 'ready') {
      this.tell({ type: 'worker-boot-failed', id, stage: boot, error: someError })
      return behaviour.lingers ? undefined : this.#exit(id, { code: boot === 'boot' ? 3 : 4 })
    }
    process.ready = true
    this.tell({ type: 'worker-ready', id })
    this.#beat(process)
    this.#measure(process, this.now)
    this.#misbehave(process, diesAfterMs, () => this.#exit(id, { code: 1 }))
    this.#misbehave(process, hangsAfterMs, () => this.hang(id))
    this.#misbehave(process, hangsAfterMs + hangMs, () => this.unhang(id))
    this.#misbehave(process, retiresAfterMs, () => {
      if (!process.hung) this.tell({ type: 'worker-asked-to-retire', id, reason: 'max-requests' })
    })
  }

  #misbehave(process: Process, afterMs: number, how: () => void): void {
    this.#after(afterMs, () => {
      if (!this.#mended && !process.gone) how()
    })
  }

  #beat(process: Process): void {
    this.#after(this.state.rules.beatMs, () => {
      if (process.gone) return
      if (!process.hung) this.tell({ type: 'worker-beat', id: process.id })
      this.#beat(process)
    })
  }

  /** The shell measures each worker every 2 s, whatever state it is in. */
  #measure(process: Process, readyAt: number): void {
    const { bytes, leaksBytes = 0 } = process.behaviour
    if (bytes === undefined) return
    this.#after(2_000, () => {
      if (process.gone) return
      const grown = bytes + (leaksBytes * (this.now - readyAt)) / 1_000
      this.tell({ type: 'worker-measured', id: process.id, bytes: grown })
      this.#measure(process, readyAt)
    })
  }

  #drain(process: Process, deadlineMs: number): void {
    const { drainMs = 100 } = process.behaviour
    process.owesDrain = true
    if (process.hung || drainMs === Number.POSITIVE_INFINITY) return
    this.#after(process.ready ? Math.min(drainMs, deadlineMs) : 0, () => {
      if (!process.hung) this.#leave(process)
    })
  }

  #leave({ id, behaviour, gone }: Process): void {
    if (gone || behaviour.drainMs === Number.POSITIVE_INFINITY) return
    this.tell({ type: 'worker-drained', id, cut: [] })
    this.#exit(id, { code: 0 })
  }

  #signal({ id, behaviour }: Process, signal: 'SIGABRT' | 'SIGKILL'): void {
    // A stopped process meets SIGABRT only once it goes on.
    if (signal === 'SIGABRT' && behaviour.verdict === 'stopped') return
    this.#after(behaviour.killMs ?? 5, () => this.#exit(id, { signal }))
  }

  #diagnose(process: Process): void {
    const { id, behaviour } = process
    const { verdict = 'spinning', diagnosisMs = 300 } = behaviour
    this.#after(diagnosisMs, () => {
      if (!process.gone) this.tell({ type: 'worker-diagnosed', id, diagnosis: { verdict } })
    })
  }

  #readSettings(): void {
    const read = this.#options.readSettings?.(this.state.rules) ?? {}
    if ('message' in read) this.tell({ type: 'settings-refused', error: read })
    else this.tell({ type: 'settings-read', rules: { ...this.state.rules, ...read } })
  }

  #exit(id: number, how: { readonly code?: number; readonly signal?: string }): void {
    const process = this.#processes.get(id)
    if (process === undefined || process.gone) return
    process.gone = true
    const exit: Exit = {
      code: how.code ?? null,
      signal: how.signal ?? null,
      outOfMemory: false,
      heapFull: false,
    }
    this.tell({ type: 'worker-exited', id, exit, random: this.#random() })
  }

  /** A plain linear congruential generator, so that each run is the same. */
  #random(): number {
    this.#randomSeed = (this.#randomSeed * 1_103_515_245 + 12_345) % 2 ** 31
    return this.#randomSeed / 2 ** 31
  }
}
