/** What a drain had to cut at its deadline; empty when everything ended by itself. */
export interface DrainReport {
  readonly cut: readonly CutWork[]
}

/** One thing that was still going on when the deadline came. */
export interface CutWork {
  /**
   * `request`: an HTTP/1 answer, torn; `http2-stream`: the same over HTTP/2; `event-stream`: ended cleanly; `websocket`:
   * had been told to go away; `upgrade`: any other upgrade, and CONNECT; `idle`: an HTTP/1 connection without a request.
   */
  readonly kind: 'request' | 'http2-stream' | 'event-stream' | 'websocket' | 'upgrade' | 'idle'
  /** As the request said it; absent for an idle connection. */
  readonly method?: string
  readonly url?: string
  /** Since the request came; of an idle connection, since it was opened. */
  readonly ageMs: number
  /** Written to its connection so far, by all its answers. */
  readonly bytes: number
}

/** Counters since tracking began, and gauges of now. */
export interface ServerStats {
  /** HTTP/1 requests and HTTP/2 streams; not upgrades. */
  readonly requests: number
  /** Requests whose answer has not been handed to the kernel whole. */
  readonly inFlight: number
  /** Open TCP or Unix connections, whatever they are used for. */
  readonly connections: number
  /** HTTP/1 connections that have carried more than one request. */
  readonly kept: number
}
