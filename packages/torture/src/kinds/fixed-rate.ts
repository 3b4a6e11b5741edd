import { ask, type Load } from '../ask.ts'
import type { FixedRateSpec } from '../clients.ts'
import { atRate } from '../pace.ts'
import { reuse } from '../reuse.ts'
import type { Kept } from '../trip.ts'

/** By so much a timer of Node may come late on a machine that is not busy: it knows whole milliseconds. */
const TIMER_SLACK_MS = 2

export async function fixedRate(load: Load, spec: FixedRateSpec): Promise<void> {
  const lanes = Array.from({ length: spec.connections }, () => new Lane(load, spec))
  await atRate(load, spec.ratePerSecond, (dueMs, turn) => lanes[turn % lanes.length]!.add(dueMs))
  await Promise.all(lanes.map((lane) => lane.end()))
}

/** One connection, and the due times that wait for it. */
class Lane {
  readonly #load: Load
  readonly #honoursHint: boolean
  readonly #due: number[] = []
  #kept: Kept | undefined
  #working: Promise<void> | undefined

  constructor(load: Load, { honoursKeepAliveHint = true }: FixedRateSpec) {
    this.#load = load
    this.#honoursHint = honoursKeepAliveHint
  }

  add(dueMs: number): void {
    if (this.#working) {
      this.#due.push(dueMs)
      return
    }
    const nowMs = this.#load.nowMs()
    const countsFromMs = nowMs - dueMs <= TIMER_SLACK_MS ? nowMs : dueMs
    this.#working = this.#work(countsFromMs).finally(() => (this.#working = undefined))
  }

  async end(): Promise<void> {
    await this.#working
    await this.#kept?.connection.close()
  }

  async #work(firstMs: number): Promise<void> {
    const { signal, ledger } = this.#load
    let dueMs: number | undefined = firstMs
    for (; dueMs !== undefined && !signal.aborted; dueMs = this.#due.shift()) await this.#ask(dueMs)
    ledger.behind += this.#due.length + (dueMs === undefined ? 0 : 1)
  }

  async #ask(dueMs: number): Promise<void> {
    const kept = this.#kept && reuse(this.#load, this.#kept, this.#honoursHint)
    this.#kept = undefined
    const asked = await ask(this.#load, { kind: 'fixed-rate', kept, close: false, dueMs })
    this.#kept = asked.kept
  }
}
