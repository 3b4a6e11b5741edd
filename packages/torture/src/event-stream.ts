/** A server-sent event, as the HTML standard wants it read. */
export interface ServerSentEvent {
  readonly event: string
  readonly data: string
  /** The last id that came, with this event or before it. */
  readonly id: string
}

/** Reads a stream of type text/event-stream, however it is cut into pieces. */
export interface EventStreamReader {
  push(piece: Uint8Array): ServerSentEvent[]
  /** Something has come that is no whole event: if the stream ends here, it was cut. */
  readonly isWithinEvent: boolean
}

/** https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation */
export function createEventStreamReader(): EventStreamReader {
  const decoder = new TextDecoder()
  let text = ''
  let event = ''
  let data: string[] = []
  let id = ''
  let isWithinEvent = false
  let skipsLineFeed = false

  function dispatch(): ServerSentEvent | undefined {
    const dispatched = { event: event || 'message', data: data.join('\n'), id }
    const isEmpty = data.length === 0
    event = ''
    data = []
    isWithinEvent = false
    return isEmpty ? undefined : dispatched
  }

  function take(line: string): ServerSentEvent | undefined {
    if (line === '') return dispatch()
    if (line.startsWith(':')) return undefined
    const [, field = '', value = ''] = /^([^:]*)(?:: ?([^]*))?$/.exec(line) ?? []
    isWithinEvent = true
    if (field === 'event') event = value
    if (field === 'data') data.push(value)
    if (field === 'id' && !value.includes('\0')) id = value
    return undefined
  }

  return {
    push(piece) {
      text += decoder.decode(piece, { stream: true })
      const events: ServerSentEvent[] = []
      for (;;) {
        // A CR ends its line at once: the next byte may be long in coming, and may be the LF of a CRLF.
        if (skipsLineFeed && text !== '') {
          text = text.replace(/^\n/, '')
          skipsLineFeed = false
        }
        const end = /[\r\n]/.exec(text)
        if (end === null) break
        const dispatched = take(text.slice(0, end.index))
        text = text.slice(end.index + 1)
        skipsLineFeed = end[0] === '\r'
        if (dispatched) events.push(dispatched)
      }
      return events
    },
    get isWithinEvent() {
      return isWithinEvent || text !== ''
    },
  }
}
