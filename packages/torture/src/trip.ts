import type { Connection } from './connection.ts'
import type { ClientKind } from './clients.ts'
import type { FailedOutcome, Outcome } from './outcome.ts'

/** A request on its way. Times are ms since the start of the run. */
export interface Trip {
  readonly sequence: number
  readonly id: string
  readonly kind: ClientKind
  /** Since when the server lets it wait: it was sent, or began to connect; in an open loop, was due; an upload was all sent. */
  sentMs: number
  readonly openedMs: number
  /** How long its connection had been idle; undefined for the first request of a connection. */
  readonly idleMs: number | undefined
  localPort: number | undefined
  /** Who answered it, or, before that, the request before it on the same connection. */
  worker: string | undefined
}

/** A connection between two requests. */
export interface Kept {
  readonly connection: Connection
  readonly openedMs: number
  readonly answeredMs: number
  readonly promisedIdleMs: number | undefined
  readonly last: Trip
  readonly lastOutcome: Outcome
}

/** A request that failed. Times are ms since the start of the run. */
export interface Failure {
  readonly id: string
  readonly kind: ClientKind
  readonly outcome: FailedOutcome
  /** An errno, a status, or what was wrong with the answer. */
  readonly detail: string
  /** By which the server knows the connection; none on a Unix socket, or if it was never made. */
  readonly localPort: number | undefined
  /** When its connection began to be opened. */
  readonly openedMs: number
  /** When it was sent; in an open loop, when it was due. */
  readonly sentMs: number
  readonly failedMs: number
  /** Another request had been answered on its connection before. */
  readonly reused: boolean
  /** How long its connection had been idle, if reused. */
  readonly idleMs: number | undefined
  readonly bytesReceived: number
  /** Who answered it (wrongly), or else the request before it on this connection. */
  readonly worker: string | undefined
}
