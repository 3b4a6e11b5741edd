/** Which answers to look at, in ms since the start of the run: `After` is inclusive, `Before` exclusive. */
export interface WaitWindow {
  /** When its connection was opened: the call of connect(2), not the end of the handshake. */
  readonly openedAfterMs?: number
  readonly openedBeforeMs?: number
  /** When it was sent; in an open loop, when it was due. */
  readonly sentAfterMs?: number
  readonly sentBeforeMs?: number
}

export interface WaitRow {
  readonly sequence: number
  readonly openedMs: number
  readonly sentMs: number
  readonly waitMs: number
}

/** The waits as they were when this was made. */
export interface Waits {
  readonly count: number
  longest(window?: WaitWindow): WaitRow | undefined
  /** Exact, by nearest rank; NaN when there are none. */
  percentileMs(percent: number): number
}

const COLUMNS = 4

/** Every wait of the run, so that any window can be asked for exactly. Takes 32 bytes for each. */
export class WaitLog {
  #rows = new Float64Array(1024 * COLUMNS)
  #count = 0

  add({ sequence, openedMs, sentMs, waitMs }: WaitRow): void {
    const at = this.#count++ * COLUMNS
    if (at === this.#rows.length) this.#grow()
    this.#rows[at] = sequence
    this.#rows[at + 1] = openedMs
    this.#rows[at + 2] = sentMs
    this.#rows[at + 3] = waitMs
  }

  /** Cheap: rows are only ever added, so that a snapshot can share them. */
  snapshot(): Waits {
    const rows = this.#rows.subarray(0, this.#count * COLUMNS)
    let sorted: Float64Array | undefined
    return {
      count: this.#count,
      longest: (window = {}) => longestIn(rows, window),
      percentileMs(percent) {
        sorted ??= rows.filter((_, index) => index % COLUMNS === COLUMNS - 1).sort()
        return sorted[Math.max(0, Math.ceil((percent * sorted.length) / 100) - 1)] ?? Number.NaN
      },
    }
  }

  #grow(): void {
    const rows = new Float64Array(this.#rows.length * 2)
    rows.set(this.#rows)
    this.#rows = rows
  }
}

function longestIn(rows: Float64Array, window: WaitWindow): WaitRow | undefined {
  const { openedAfterMs = -Infinity, openedBeforeMs = Infinity } = window
  const { sentAfterMs = -Infinity, sentBeforeMs = Infinity } = window
  let longest: WaitRow | undefined
  for (let at = 0; at < rows.length; at += COLUMNS) {
    const openedMs = rows[at + 1]!
    const sentMs = rows[at + 2]!
    const waitMs = rows[at + 3]!
    const opened = openedMs >= openedAfterMs && openedMs < openedBeforeMs
    const sent = sentMs >= sentAfterMs && sentMs < sentBeforeMs
    if (opened && sent && waitMs > (longest?.waitMs ?? -1)) {
      longest = { sequence: rows[at]!, openedMs, sentMs, waitMs }
    }
  }
  return longest
}
