import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2'

import { endCleanly, isHttp2EventStream } from './event-stream.ts'
import type { CutWork } from './report.ts'

interface Exchange {
  readonly headers: IncomingHttpHeaders
  readonly startedAt: number
}

/** The HTTP/2 sessions and streams of a server. */
export class Http2 {
  requests = 0
  readonly #sessions = new Set<ServerHttp2Session>()
  readonly #streams = new Map<ServerHttp2Stream, Exchange>()
  #draining = false

  get inFlight(): number {
    return this.#streams.size
  }

  open(session: ServerHttp2Session): void {
    this.#sessions.add(session)
    session.once('close', () => this.#sessions.delete(session))
    if (this.#draining) session.close()
  }

  begin(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    this.requests += 1
    this.#streams.set(stream, { headers, startedAt: performance.now() })
    stream.once('close', () => this.#streams.delete(stream))
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

  /** Ends the event streams, tears every other stream, and says what was going on; the sessions close by that. */
  cut(now: number): CutWork[] {
    return [...this.#streams].map(([stream, { headers, startedAt }]) => {
      const events = isHttp2EventStream(stream)
      const bytes = stream.session?.socket.bytesWritten ?? 0
      if (events) endCleanly(stream)
      else tear(stream)
      return {
        kind: events ? 'event-stream' : 'http2-stream',
        method: headers[':method']!,
        url: headers[':path'] ?? headers[':authority'] ?? '',
        ageMs: Math.round(now - startedAt),
        bytes,
      }
    })
  }
}

/** Not `close(code)`, which ends the stream before it resets it: a torn answer would pass for a whole one. */
function tear(stream: ServerHttp2Stream): void {
  stream.on('error', () => {})
  stream.destroy(new Error('Cut at the deadline of the drain'))
}
