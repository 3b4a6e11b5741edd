import type { EventRecord } from '@nunicorn/contract'

const retryMs = 5_000

export interface Feed {
  /** The server is there: if the feed was given up, it begins again. */
  revive(): void
  /** It is another server, whose events begin with 1 again: what was the last one before does not matter. */
  restart(): void
}

/** Listens to the events. A browser connects again by itself, unless it was refused. */
export function followEvents(onEvents: (events: readonly EventRecord[]) => void): Feed {
  let source: EventSource
  let openedAt = 0
  let waiting: EventRecord[] = []

  function open(): void {
    openedAt = performance.now()
    source = new EventSource('events')
    source.addEventListener('message', ({ data }) => hear(String(data)))
  }

  /** Those of one moment come together: after a start that may be a thousand. */
  function hear(data: string): void {
    const record = JSON.parse(data) as EventRecord
    if (waiting.push(record) > 1) return
    queueMicrotask(() => {
      const events = waiting
      waiting = []
      onEvents(events)
    })
  }

  open()
  return {
    revive() {
      if (source.readyState !== EventSource.CLOSED || performance.now() - openedAt < retryMs) return
      open()
    },
    restart() {
      source.close()
      open()
    },
  }
}
