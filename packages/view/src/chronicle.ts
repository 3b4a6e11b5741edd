import type { EventRecord } from '@nunicorn/contract'

/** What has happened, as far as it was told. */
export interface Chronicle {
  /** Oldest first, the last few hundred. */
  readonly events: readonly EventRecord[]
  readonly lastSequence: number
  /** By the number of a worker. */
  readonly slots: Readonly<Record<number, SlotChronicle>>
}

export interface SlotChronicle {
  readonly lastEvent: EventRecord
  /** How many of its processes have ended, and how many of these against the arbiter's will. */
  readonly ended: number
  readonly lost: number
}

const kept = 300

export const nothingHappened: Chronicle = { events: [], lastSequence: 0, slots: {} }

/** Adds events that were not known yet: a feed that begins again may repeat itself. */
export function remember(before: Chronicle, events: readonly EventRecord[]): Chronicle {
  const news = events
    .filter(({ sequence }) => sequence > before.lastSequence)
    .toSorted((one, other) => one.sequence - other.sequence)
    .filter(({ sequence }, index, sorted) => sequence !== sorted[index - 1]?.sequence)
  const last = news.at(-1)
  if (last === undefined) return before
  return {
    events: [...before.events, ...news].slice(-kept),
    lastSequence: last.sequence,
    slots: news.reduce(rememberSlot, before.slots),
  }
}

function rememberSlot(slots: Chronicle['slots'], event: EventRecord): Chronicle['slots'] {
  const number = event.worker?.number
  if (number === undefined) return slots
  const { ended = 0, lost = 0 } = slots[number] ?? {}
  const end = event.type === 'worker-ended'
  return {
    ...slots,
    [number]: {
      lastEvent: event,
      ended: ended + Number(end),
      lost: lost + Number(end && event.details['lost'] === true),
    },
  }
}
