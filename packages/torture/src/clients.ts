/** A crowd of clients of one kind. None of them ever retries. */
export type ClientSpec = ConnectionPerRequestSpec | KeepAliveSpec | OpenLoopSpec

export type ClientKind = ClientSpec['kind']

/** Closed loop: each client opens a connection, asks with `Connection: close`, and begins again. */
export interface ConnectionPerRequestSpec {
  readonly kind: 'connection-per-request'
  readonly concurrency: number
}

/** Closed loop: each client asks again and again on its own connection, and opens another only when that one has ended. */
export interface KeepAliveSpec {
  readonly kind: 'keep-alive'
  readonly concurrency: number
  /** Pauses between an answer and the next request, taken in turn; each client begins at another one (none). */
  readonly thinkMs?: readonly number[]
  /** Does not reuse a connection that has been idle for the N seconds of `Keep-Alive: timeout=N` (true). */
  readonly honoursKeepAliveHint?: boolean
}

/**
 * Open loop: a new connection and request at every due time, however slow the answers are. Waits count from the due
 * time, so that a stall is seen by all whom it would have hit (no coordinated omission).
 */
export interface OpenLoopSpec {
  readonly kind: 'open-loop'
  readonly ratePerSecond: number
}
