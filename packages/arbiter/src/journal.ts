import type { EventRecord } from '@nunicorn/contract'

/** The last things that happened, for whoever comes later to ask, and for those who listen. */
export interface Journal {
  record(event: Omit<EventRecord, 'sequence' | 'at'>): EventRecord
  /** Oldest first; those with a higher sequence than `after`, which are all that are still known if it is not given. */
  recent(after?: number): readonly EventRecord[]
  /** @returns a function that ends it */
  subscribe(listener: (event: EventRecord) => void): () => void
}

const kept = 1_000

export function createJournal(now: () => number = Date.now): Journal {
  const events: EventRecord[] = []
  const listeners = new Set<(event: EventRecord) => void>()
  let sequence = 0
  return {
    record(event) {
      const record = { sequence: ++sequence, at: now(), ...event }
      events.push(record)
      if (events.length > kept) events.shift()
      for (const listener of listeners) listener(record)
      return record
    },
    recent: (after = 0) => events.filter((event) => event.sequence > after),
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
