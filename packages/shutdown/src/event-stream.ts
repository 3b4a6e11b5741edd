import type { ServerResponse } from 'node:http'
import type { ServerHttp2Stream } from 'node:http2'

/** Whether `answer` has begun to send server-sent events. */
export function isEventStream(answer: ServerResponse): boolean {
  // `writeHead(200, headers)` leaves no trace for getHeader(): then only the rendered head knows. It is read once, at the
  // deadline; should Node ever drop the field, the stream is cut like any other answer.
  const { _header: head } = answer as { readonly _header?: string | null }
  const type = answer.getHeader('content-type') ?? /^content-type: *(.*)$/im.exec(head ?? '')?.[1]
  return answer.headersSent && namesEvents(type)
}

/** Whether `stream` has begun to send server-sent events. */
export function isHttp2EventStream(stream: ServerHttp2Stream): boolean {
  return stream.headersSent && namesEvents(stream.sentHeaders['content-type'])
}

/** Ends it as the app would have; what the app writes afterwards is lost, but must not crash the process. */
export function endCleanly(stream: ServerResponse | ServerHttp2Stream): void {
  stream.on('error', () => {})
  stream.end()
}

function namesEvents(type: unknown): boolean {
  return /^text\/event-stream\b/i.test(String(type))
}
