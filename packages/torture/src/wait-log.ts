import { CLIENT_KINDS, type ClientKind } from './clients.ts'

/** Which answers to look at, in ms since the start of the run: `After` is inclusive, `Before` exclusive. */
export interface WaitWindow {
  /** When its connection was opened: the call of connect(2), not the end of the handshake. */
  readonly openedAfterMs?: number
  readonly openedBeforeMs?: number
  /** When it was sent; in an open loop, when it was due. */
  readonly sentAfterMs?: number
  readonly sentBeforeMs?: number
  /** When its last byte came, or what else ended its wait. */
  readonly answeredAfterMs?: number
  readonly answeredBeforeMs?: number
  /** Of these clients only. */
  readonly kind?: ClientKind
}

export interface WaitRow {
  readonly sequence: number
  readonly kind: ClientKind
  readonly openedMs: number
  readonly sentMs: number
  readonly waitMs: number
}

/** The waits as they were when this was made. */
export interface Waits {
  readonly count: number
  longest(window?: WaitWindow): WaitRow | undefined
  /** Exact, by nearest rank; NaN when there are none. */
  percentileMs(percent: number, window?: WaitWindow): number
}

const COLUMNS = 4
/** A sequence number and a kind share a column. */
const KINDS = CLIENT_KINDS.length

/** Every wait of the run, so that any window can be asked for exactly. Takes 32 bytes for each. */
export class WaitLog {
  #rows = new Float64Array(1024 * COLUMNS)
  #count = 0

  add({ sequence, kind, openedMs, sentMs }: Omit<WaitRow, 'waitMs'>, waitMs: number): void {
    const at = this.#count++ * COLUMNS
    if (at === this.#rows.length) this.#grow()
    this.#rows[at] = sequence * KINDS + CLIENT_KINDS.indexOf(kind)
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
      percentileMs(percent, window) {
        if (window !== undefined) return nearestRank(sortedWaits(rows, window), percent)
        sorted ??= sortedWaits(rows, {})
        return nearestRank(sorted, percent)
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
  const isInside = insideOf(rows, window)
  let longestAt: number | undefined
  for (let at = 0; at < rows.length; at += COLUMNS) {
    const isLonger = longestAt === undefined || rows[at + 3]! > rows[longestAt + 3]!
    if (isLonger && isInside(at)) longestAt = at
  }
  return longestAt === undefined ? undefined : rowAt(rows, longestAt)
}

function sortedWaits(rows: Float64Array, window: WaitWindow): Float64Array {
  const isInside = insideOf(rows, window)
  return rows
    .filter((_, index) => index % COLUMNS === COLUMNS - 1 && isInside(index - (COLUMNS - 1)))
    .sort()
}

function nearestRank(sorted: Float64Array, percent: number): number {
  return sorted[Math.max(0, Math.ceil((percent * sorted.length) / 100) - 1)] ?? Number.NaN
}

function insideOf(rows: Float64Array, window: WaitWindow): (at: number) => boolean {
  const { openedAfterMs = -Infinity, openedBeforeMs = Infinity } = window
  const { sentAfterMs = -Infinity, sentBeforeMs = Infinity } = window
  const { answeredAfterMs = -Infinity, answeredBeforeMs = Infinity } = window
  const kindIndex = window.kind && CLIENT_KINDS.indexOf(window.kind)
  return (at) => {
    const openedMs = rows[at + 1]!
    const sentMs = rows[at + 2]!
    const opened = openedMs >= openedAfterMs && openedMs < openedBeforeMs
    const sent = sentMs >= sentAfterMs && sentMs < sentBeforeMs
    const answeredMs = sentMs + rows[at + 3]!
    const answered = answeredMs >= answeredAfterMs && answeredMs < answeredBeforeMs
    return (
      opened && sent && answered && (kindIndex === undefined || rows[at]! % KINDS === kindIndex)
    )
  }
}

function rowAt(rows: Float64Array, at: number): WaitRow {
  const sequence = Math.floor(rows[at]! / KINDS)
  const kind = CLIENT_KINDS[rows[at]! % KINDS]!
  return { sequence, kind, openedMs: rows[at + 1]!, sentMs: rows[at + 2]!, waitMs: rows[at + 3]! }
}
