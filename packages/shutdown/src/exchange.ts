import type { IncomingMessage, ServerResponse } from 'node:http'
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'

import { type Member, nowhere } from './roster.ts'

/**
 * What became of an exchange.
 *
 * `answered`: the whole answer has been handed to the kernel. `aborted`: the client went before that. `timed-out`: the
 * client was too slow to send, or the app to answer. `stalled`: the client took nothing of the answer. `cut`: the deadline
 * of a drain came. `refused`: it was no HTTP. `torn`: the app closed it before the answer was whole. `upgraded`: it became a WebSocket
 * or another protocol, or a tunnel (CONNECT), which has ended since.
 */
export type Ending =
  | 'answered'
  | 'aborted'
  | 'timed-out'
  | 'stalled'
  | 'cut'
  | 'refused'
  | 'torn'
  | 'upgraded'

/** A request and what became of it. */
export interface Exchange {
  /** As the client sent them; undefined of what was no request. */
  readonly method: string | undefined
  readonly url: string | undefined
  /** `HTTP/1.1` */
  readonly protocol: string
  /** When its head had come, by `performance.now()`; of what was no request, when its connection was opened. */
  readonly startedAt: number
  /** Undefined as long as it goes on. */
  readonly ending: Ending | undefined
  /** By `performance.now()`; 0 as long as it goes on. */
  readonly endedAt: number
  /** That of the answer; undefined if none has been begun. */
  readonly status: number | undefined
  /**
   * Of its answer's body, as it went over the wire (a chunked one with the sizes of its chunks); see `details`. Interim
   * answers other than `100 Continue` count towards the next chunked body of their connection. Of an HTTP/2 stream nobody
   * knows.
   */
  readonly bytes: number | undefined
  /** Undefined for Unix sockets; see `details`. */
  readonly remoteAddress: string | undefined
  /** `name` in small letters. A header that came several times is one text, as RFC 9110 5.3 joins it. */
  requestHeader(name: string): string | undefined
  answerHeader(name: string): string | undefined
}

/** Who wants to know of every exchange. It is called on the path of each: it must be quick, and must not throw. */
export interface ExchangeWatcher {
  /** Whether exchanges shall know their `bytes` and `remoteAddress`, which costs a little for each. */
  readonly details?: boolean
  /** A request has come, and nobody has seen it yet: what is done to its headers, the app will see. Not called for upgrades. */
  begun?(request: NewRequest): void
  ended?(exchange: Exchange): void
}

/** A request that the app has not seen. */
export interface NewRequest {
  readonly headers: IncomingHttpHeaders
  /** Of HTTP/1: names and values in turn. */
  readonly rawHeaders?: string[]
  readonly remoteAddress: string | undefined
}

/** The connection of an HTTP/1 exchange, as far as the exchange knows it. */
interface Carrier {
  readonly remoteAddress: string | undefined
}

/** An HTTP/1 request and its answer. */
export class Http1Exchange implements Exchange {
  readonly answer: ServerResponse<IncomingMessage>
  readonly startedAt: number
  /** Why it ends, if that is decided before it does: the answer itself, or the socket, will not tell. */
  doom: 'cut' | 'timed-out' | 'stalled' | undefined = undefined
  ending: Ending | undefined = undefined
  endedAt = 0
  bytes = 0
  /** Of an answer that was not the app's. */
  nodesStatus: number | undefined = undefined
  readonly #carrier: Carrier

  constructor(answer: ServerResponse<IncomingMessage>, startedAt: number, carrier: Carrier) {
    this.answer = answer
    this.startedAt = startedAt
    this.#carrier = carrier
  }

  get method(): string | undefined {
    return this.answer.req.method
  }

  get url(): string | undefined {
    return this.answer.req.url
  }

  get protocol(): string {
    return `HTTP/${this.answer.req.httpVersion}`
  }

  get status(): number | undefined {
    return this.answer.headersSent ? this.answer.statusCode : this.nodesStatus
  }

  get remoteAddress(): string | undefined {
    return this.#carrier.remoteAddress
  }

  requestHeader(name: string): string | undefined {
    return textOf(this.answer.req.headers[name])
  }

  /** What `writeHead(200, headers)` has sent leaves no trace for getHeader(): only the rendered head knows. */
  answerHeader(name: string): string | undefined {
    return textOf(this.answer.getHeader(name)) ?? findHeader(headOf(this.answer), name)
  }
}

/** The head as it was sent; should Node ever drop the field, it is taken for empty. */
export function headOf(answer: ServerResponse<IncomingMessage>): string {
  return (answer as { readonly _header?: string | null })._header ?? ''
}

function findHeader(head: string, name: string): string | undefined {
  const escaped = name.replaceAll(/[^\w-]/g, String.raw`\$&`)
  return new RegExp(String.raw`^${escaped}: *(.*?)\r?$`, 'im').exec(head)?.[1]
}

/** An HTTP/2 stream. */
export class Http2Exchange implements Exchange, Member {
  place: number = nowhere
  readonly stream: ServerHttp2Stream
  readonly startedAt: number = performance.now()
  readonly protocol: string = 'HTTP/2.0'
  readonly remoteAddress: string | undefined
  readonly bytes: undefined
  isCut = false
  ending: Ending | undefined = undefined
  endedAt = 0
  readonly #headers: IncomingHttpHeaders

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.stream = stream
    this.#headers = headers
    this.remoteAddress = stream.session?.socket.remoteAddress
  }

  get method(): string {
    return this.#headers[':method'] ?? ''
  }

  get url(): string {
    return this.#headers[':path'] ?? this.#headers[':authority'] ?? ''
  }

  get status(): number | undefined {
    return this.stream.headersSent ? Number(this.stream.sentHeaders[':status']) : undefined
  }

  requestHeader(name: string): string | undefined {
    return textOf(this.#headers[name])
  }

  answerHeader(name: string): string | undefined {
    return this.stream.headersSent ? textOf(this.stream.sentHeaders[name]) : undefined
  }
}

/** What ended as another protocol than HTTP, or was none. */
export class OtherExchange implements Exchange {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly protocol: string
  readonly startedAt: number
  readonly ending: Ending
  readonly endedAt: number = performance.now()
  readonly status: number | undefined
  readonly bytes: number | undefined
  readonly remoteAddress: string | undefined
  readonly #request: IncomingMessage | undefined

  constructor(
    request: IncomingMessage | undefined,
    what: Pick<Exchange, 'startedAt' | 'status' | 'bytes' | 'remoteAddress'> & {
      readonly ending: Ending
    },
  ) {
    this.#request = request
    this.method = request?.method
    this.url = request?.url
    this.protocol = `HTTP/${request?.httpVersion ?? '1.1'}`
    this.startedAt = what.startedAt
    this.ending = what.ending
    this.status = what.status
    this.bytes = what.bytes
    this.remoteAddress = what.remoteAddress
  }

  requestHeader(name: string): string | undefined {
    return textOf(this.#request?.headers[name])
  }

  answerHeader(): undefined {
    return undefined
  }
}

/** Whatever `headers[name]` is: a header may be called `constructor`. */
function textOf(value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value
  if (Array.isArray(value)) return value.join(', ')
  return typeof value === 'number' ? String(value) : undefined
}

/** How a connection ends, and with which status Node itself answers then, by the error it was destroyed with. */
export function failureOf(
  error: unknown,
): { readonly ending: 'timed-out' | 'refused'; readonly status: number } | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return { ending: 'timed-out', status: 408 }
  if (!code?.startsWith('HPE_')) return undefined
  return { ending: 'refused', status: refusals[code] ?? 400 }
}

const refusals: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
}

/** Whether the peer has ended its side, or has reset the connection. */
export function hasLeft(socket: Socket): boolean {
  return socket.readableEnded || socket.errored !== null
}
