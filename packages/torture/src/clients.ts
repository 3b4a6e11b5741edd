import type { Answer } from './answer.ts'
import type { LoadRequest } from './request.ts'

/** A crowd of clients of one kind. None of them ever retries. */
export type ClientSpec =
  | ConnectionPerRequestSpec
  | KeepAliveSpec
  | OpenLoopSpec
  | FixedRateSpec
  | PipeliningSpec
  | UploadSpec
  | SlowReadSpec
  | HalfHeadSpec
  | ServerSentEventsSpec
  | WebSocketSpec

export type ClientKind = ClientSpec['kind']

export const CLIENT_KINDS: readonly ClientKind[] = [
  'connection-per-request',
  'keep-alive',
  'open-loop',
  'fixed-rate',
  'pipelining',
  'upload',
  'slow-read',
  'half-head',
  'server-sent-events',
  'websocket',
]

/** What each crowd may ask and expect for itself, instead of what the run does. */
export interface Errand {
  readonly request?: LoadRequest | ((id: string) => LoadRequest)
  /** The run's own does not hold for uploads, slow reads and event streams; the body of the latter two is empty here. */
  readonly expect?: (answer: Answer, id: string) => string | undefined
}

/** Closed loop: each client opens a connection, asks with `Connection: close`, and begins again. */
export interface ConnectionPerRequestSpec extends Errand {
  readonly kind: 'connection-per-request'
  readonly concurrency: number
}

/** Closed loop: each client asks again and again on its own connection, and opens another only when that one has ended. */
export interface KeepAliveSpec extends Errand {
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
export interface OpenLoopSpec extends Errand {
  readonly kind: 'open-loop'
  readonly ratePerSecond: number
}

/**
 * Open loop over kept connections: the due times are dealt to them in turn, and a request whose connection is still busy
 * waits for it, from its due time on (no coordinated omission). Where the connection was free, and only the timer came
 * late by its one or two milliseconds, the request counts from its sending: that much is not the server's.
 */
export interface FixedRateSpec extends Errand {
  readonly kind: 'fixed-rate'
  /** Of all connections together. */
  readonly ratePerSecond: number
  readonly connections: number
  /** As for keep-alive (true). */
  readonly honoursKeepAliveHint?: boolean
}

/**
 * Several requests in one packet, answered in order. After an answer that says `Connection: close` those behind it are
 * withdrawn: nobody has lost them (RFC 9112 9.6), they are to be sent again.
 */
export interface PipeliningSpec extends Errand {
  readonly kind: 'pipelining'
  readonly concurrency: number
  /** How many requests go out together (8). */
  readonly depth?: number
  /** Between one packet's last answer and the next packet (0). */
  readonly thinkMs?: number
}

/**
 * POSTs a body, each with its own bytes, on a connection of its own. If the answer's body has a SHA-256 in it (64 hex
 * digits), it must be that of what was sent.
 */
export interface UploadSpec extends Errand {
  readonly kind: 'upload'
  readonly concurrency: number
  /** 1,000,000. */
  readonly bytes?: number
  /** As fast as it goes, unless given. */
  readonly bytesPerSecond?: number
}

/**
 * Takes its time to read the answer. Checked against its length, `sha256`, and a Content-Digest or Repr-Digest (RFC 9530).
 * The kernels on both sides buffer megabytes: the answer must be larger for the server to notice.
 */
export interface SlowReadSpec extends Errand {
  readonly kind: 'slow-read'
  readonly concurrency: number
  readonly bytesPerSecond: number
  /** Of the body, in hex. */
  readonly sha256?: string
}

/**
 * Sends half a head and waits (slow loris). Nothing was asked, so nothing can be lost: that the server answers 408 or
 * 400, closes, or still holds the connection is all the same, and counted in `endings`. Any other answer is wrong.
 */
export interface HalfHeadSpec extends Errand {
  readonly kind: 'half-head'
  readonly concurrency: number
  /** How long the server may hold the connection before this client leaves (the run's timeout). */
  readonly patienceMs?: number
}

/** Reads an endless event stream. That it ends properly is fine and counted in `endings`; that it breaks is `cut-short`. */
export interface ServerSentEventsSpec extends Errand {
  readonly kind: 'server-sent-events'
  readonly concurrency: number
  /** How long nothing may come, not even a comment (forever). */
  readonly silenceMs?: number
  /** Ends a stream itself after this many events, and opens the next (never). */
  readonly events?: number
}

/**
 * Sends messages to a server that echoes them. A close frame with 1000, 1001, 1012 or 1013 is a proper end, counted in
 * `endings`; a connection that ends without one is `cut-short`.
 */
export interface WebSocketSpec extends Errand {
  readonly kind: 'websocket'
  readonly concurrency: number
  /** Pauses between an echo and the next message, taken in turn ([100]). */
  readonly thinkMs?: readonly number[]
  /** Closes the connection itself after this many echoes, and opens the next (never). */
  readonly messages?: number
}
