import type { EventRecord } from '@nunicorn/contract'
import { clock, type FleetView } from '@nunicorn/view'

import { element, keepChildren } from './dom.ts'

const shown = 100

/** What has happened, newest first. What has more than one line, such as a stack, is unfolded on demand. */
export function eventList(list: HTMLElement, none: HTMLElement): (view: FleetView) => void {
  const items = new Map<number, Element>()
  let last: readonly EventRecord[] | undefined
  return ({ events }) => {
    if (events === last) return
    last = events
    const newest = events.slice(-shown).reverse()
    const bySequence = new Map(newest.map((event) => [event.sequence, event]))
    none.hidden = newest.length > 0
    list.hidden = newest.length === 0
    // After a restart of the server the same number is another event.
    if (
      newest.some(
        ({ sequence, at }) =>
          (items.get(sequence)?.getAttribute('data-at') ?? String(at)) !== String(at),
      )
    ) {
      items.clear()
      list.replaceChildren()
    }
    keepChildren(list, {
      keys: [...bySequence.keys()],
      children: items,
      make: (sequence) => item(bySequence.get(sequence) as EventRecord),
    })
  }
}

function item({ sequence, at, type, level, message }: EventRecord): Element {
  const [line = '', ...rest] = message.split('\n')
  const text =
    rest.length === 0
      ? element('span', { class: 'message' }, line)
      : element(
          'details',
          { class: 'message' },
          element('summary', {}, line),
          element('pre', {}, rest.join('\n')),
        )
  const time = new Date(at)
  return element(
    'li',
    { 'data-type': type, 'data-level': level, 'data-sequence': sequence, 'data-at': at },
    element('time', { datetime: time.toISOString(), title: time.toLocaleString() }, clock(at)),
    element('span', { class: 'level' }, level),
    text,
  )
}
