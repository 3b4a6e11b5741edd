import type { HeldConnections } from './held-connections.ts'
import type { ConnectionCounts, Ledger, Progress } from './ledger.ts'
import type { Outcome } from './outcome.ts'
import type { Failure } from './trip.ts'
import type { WaitRow, WaitWindow } from './wait-log.ts'

/** One request that was answered. Times are ms since the start of the run. */
export interface Wait extends Omit<WaitRow, 'sequence'> {
  readonly id: string
}

/** What a run has found; a snapshot that does not change. */
export interface Report extends Progress {
  /** The start of the run, by `performance.now()`. */
  readonly startedAt: number
  readonly durationMs: number
  /** Issued and not ended yet; 0 after `stop()`. */
  readonly inFlight: number
  readonly outcomes: Readonly<Record<Outcome, number>>
  /** The first ones; {@link Progress.failed} counts all. */
  readonly failures: readonly Failure[]
  readonly connections: ConnectionCounts
  /** Requests of an open loop that were due when the run was stopped, and not sent: the server was too slow for the rate. */
  readonly behind: number
  /** How long this process itself stood still at most: so much of any wait may be its own. */
  readonly clientStallMs: number
  /**
   * Of the complete answers, right or wrong, the one that took longest; undefined when none is in the window. A request
   * waits from when it was sent (on a new connection: began to connect; in an open loop: was due) to its last byte. What
   * the client itself takes its time for does not count: an upload waits from its last byte, a slow or endless download
   * to its head. Each message of a WebSocket waits for its echo.
   */
  longestWait(window?: WaitWindow): Wait | undefined
  /** Exact: `percentileMs(99.9)`. NaN when nothing was answered. */
  percentileMs(percent: number, window?: WaitWindow): number
  /**
   * The failures that a kill does not excuse: all but those on a connection which one of the killed processes held.
   *
   * @throws Error when not all failures were kept, so that nobody can say
   */
  failuresOutside(...held: readonly HeldConnections[]): readonly Failure[]
}

export interface Circumstances {
  readonly startedAt: number
  readonly durationMs: number
  readonly clientStallMs: number
}

export function createReport(ledger: Ledger, circumstances: Circumstances): Report {
  const { requests, ok, failed, inFlight, sendAgain, behind, events, messages } = ledger
  const waits = ledger.waits.snapshot()
  const failures = ledger.failures.slice()
  return {
    ...circumstances,
    requests,
    ok,
    failed,
    inFlight,
    sendAgain,
    behind,
    events,
    messages,
    kinds: new Map([...ledger.kinds].map(([kind, tally]) => [kind, { ...tally }])),
    endings: new Map(ledger.endings),
    outcomes: { ...ledger.outcomes },
    failures,
    workers: new Map(ledger.workers),
    versions: new Map(ledger.versions),
    connections: { ...ledger.connections },
    longestWait(window) {
      const row = waits.longest(window)
      if (row === undefined) return undefined
      const { sequence, ...times } = row
      return { id: ledger.idOf(sequence), ...times }
    },
    percentileMs: waits.percentileMs,
    failuresOutside(...held) {
      if (failed > failures.length)
        throw new Error(`only ${failures.length} of ${failed} failures were kept`)
      return failures.filter((failure) => !held.some(holds(failure, circumstances.startedAt)))
    },
  }
}

/** A port alone does not tell: it is used again by later connections. */
function holds({ localPort, openedMs, failedMs }: Failure, startedAt: number) {
  return ({ ports, countedAt }: HeldConnections): boolean => {
    const countedMs = countedAt - startedAt
    return (
      localPort !== undefined &&
      ports.has(localPort) &&
      openedMs <= countedMs &&
      failedMs >= countedMs
    )
  }
}
