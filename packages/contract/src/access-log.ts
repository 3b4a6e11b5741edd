/**
 * Where a class tells of its requests, if the settings ask for it. It is called on the path of each request: it neither
 * blocks nor throws.
 */
export interface AccessLog {
  /** MUST be called before the app sees the request: it may set the header that carries the request's id. */
  begun(request: NewRequest): void
  /** MUST be called once for every request, whatever became of it, and once for what was no request but was answered. */
  ended(entry: AccessEntry): void
}

/** The access log that a worker shall write. */
export interface AccessLogOrder {
  /** A path, or `-` for stdout. */
  readonly file: string
  /** `combined`, `json` or a format string of Gunicorn's. */
  readonly format: string
  /** The header of requests that carries their id; undefined: they get none. */
  readonly requestIdHeader?: string
  /** Whose ids count: addresses, networks, `*`. */
  readonly trusted: readonly string[]
}

/** A request that the app has not seen yet. */
export interface NewRequest {
  /** By names in small letters. */
  readonly headers: Record<string, string | string[] | undefined>
  /** Names and values in turn, where the app can see them so. */
  readonly rawHeaders?: string[]
  /** Undefined for a Unix socket. */
  readonly remoteAddress: string | undefined
}

/** A request that has ended. Times are milliseconds by `performance.now()`. */
export interface AccessEntry {
  /** Undefined of what was no request. */
  readonly method: string | undefined
  /** As the client sent it. */
  readonly url: string | undefined
  /** `HTTP/1.1` */
  readonly protocol: string
  readonly startedAt: number
  readonly endedAt: number
  /**
   * `answered`; `aborted` by the client; `timed-out`, be it the client or the app that was too slow; `stalled`: the client took nothing of its answer; `cut` at the deadline
   * of a drain; `refused` because it was no HTTP; `torn` by the app; `upgraded` to a WebSocket and the like.
   */
  readonly ending: string | undefined
  /** Undefined if no answer has been begun. */
  readonly status: number | undefined
  /** Of the answer's body; undefined where nobody knows. */
  readonly bytes: number | undefined
  /** Undefined for a Unix socket. */
  readonly remoteAddress: string | undefined
  /** `name` in small letters. */
  requestHeader(name: string): string | undefined
  answerHeader(name: string): string | undefined
}
