import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2'

import { endCleanly, isHttp2EventStream } from './event-stream.ts'
import { type Ending, type ExchangeWatcher, Http2Exchange } from './exchange.ts'
import type { CutWork } from './report.ts'
import { Roster } from './roster.ts'

/** The HTTP/2 sessions and streams of a server. */
export class Http2 {
  requests = 0
  readonly #sessions = new Set<ServerHttp2Session>()
  readonly #exchanges = new Roster<Http2Exchange>()
  readonly #watcher: ExchangeWatcher | undefined
  #draining = false

  constructor(watcher: ExchangeWatcher | undefined) {
    this.#watcher = watcher
  }

  get inFlight(): number {
    return this.#exchanges.size
  }

  get exchanges(): Iterable<Http2Exchange> {
    return this.#exchanges
  }

  open(session: ServerHttp2Session): void {
    this.#sessions.add(session)
    session.once('close', () => this.#sessions.delete(session))
    if (this.#draining) session.close()
  }

  begin(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    this.requests += 1
    const exchange = new Http2Exchange(stream, headers)
    this.#exchanges.add(exchange)
    stream.once('close', () => this.#end(exchange))
    this.#watcher?.begun?.({ headers, remoteAddress: exchange.remoteAddress })
  }

  /**
   * Sends one GOAWAY that names the last stream that is answered; the session closes after that.
   *
   * RFC 9113 6.8 also knows a warning GOAWAY (2^31-1) ahead of it, so that streams on their way are still taken. Node
   * cannot send it: from the first GOAWAY on, whatever it names, its nghttp2 ignores new streams (measured on 22, 24 and
   * 26), and the warning would promise answers that never come. The real one tells the client at once which
   * streams were not looked at, and those it may send again elsewhere, POST included.
   */
  drain(): void {
    this.#draining = true
    for (const session of this.#sessions) session.close()
  }

  /** Ends the event streams, tears every other stream, and says what was going on, oldest first; the sessions close by that. */
  cut(now: number): CutWork[] {
    const byAge = [...this.#exchanges].sort((a, b) => a.startedAt - b.startedAt)
    return byAge.map((exchange) => {
      const { stream, method, url, startedAt } = exchange
      exchange.isCut = true
      const events = isHttp2EventStream(stream)
      const bytes = stream.session?.socket.bytesWritten ?? 0
      if (events) endCleanly(stream)
      else tear(stream)
      return {
        kind: events ? 'event-stream' : 'http2-stream',
        method,
        url,
        ageMs: Math.round(now - startedAt),
        bytes,
      }
    })
  }

  #end(exchange: Http2Exchange): void {
    this.#exchanges.delete(exchange)
    exchange.ending = endingOf(exchange)
    exchange.endedAt = performance.now()
    this.#watcher?.ended?.(exchange)
  }
}

function endingOf({ stream, isCut }: Http2Exchange): Ending {
  if (isCut) return 'cut'
  // RST_STREAM with an error code after a whole answer (an unread body, RFC 9113 8.1) takes nothing of it back.
  if (stream.headersSent && stream.writableFinished && !stream.aborted) return 'answered'
  return isOfApp(stream.errored) ? 'torn' : 'aborted'
}

/** Those of Node tell of the peer and of its connection. */
function isOfApp(error: NodeJS.ErrnoException | null): boolean {
  return error !== null && !/^(ERR_HTTP2_|ECONNRESET|EPIPE)/.test(error.code ?? '')
}

/** Not `close(code)`, which ends the stream before it resets it: a torn answer would pass for a whole one. */
function tear(stream: ServerHttp2Stream): void {
  stream.on('error', () => {})
  stream.destroy(new Error('Cut at the deadline of the drain'))
}
