/** One complete HTTP/1.1 answer. */
export interface Answer {
  readonly status: number
  readonly reason: string
  /** Names in lower case; a header that came several times is joined with `, `. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
  /** What came after the last chunk of a chunked body. */
  readonly trailers: ReadonlyMap<string, string>
  /** The 1xx answers before it, such as 100 and 103. */
  readonly interim: readonly number[]
  /** Its size as it came, with head, framing and interim answers. */
  readonly wireBytes: number
  /** The server lets the connection be used again (RFC 9112 9.3). */
  readonly keepsOpen: boolean
  /** How long the server promises to keep it when idle: `Keep-Alive: timeout=N` (RFC 2068 19.7.1.1). */
  readonly promisedIdleMs: number | undefined
}

/** The server broke RFC 9112: the message says where. */
export class MalformedAnswer extends Error {
  override readonly name: string = 'MalformedAnswer'
}
