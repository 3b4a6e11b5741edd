import type { EventRecord } from '@nunicorn/contract'
import { clock } from '@nunicorn/view'

import { type Line, line, type Tone } from './line.ts'

const tones: Readonly<Partial<Record<EventRecord['level'], Tone>>> = {
  debug: 'soft',
  warning: 'warning',
  error: 'bad',
  critical: 'bad',
}

/** The last events that have room, newest first, each on one line. */
export function eventLines(events: readonly EventRecord[], count: number): readonly Line[] {
  return events
    .slice(-Math.max(0, count) || events.length)
    .reverse()
    .map(({ at, level, message }) =>
      line(
        { text: `${clock(at)} `, tone: 'soft' },
        { text: level.padEnd(8), tone: tones[level] },
        { text: message.split('\n')[0] ?? '', tone: tones[level] },
      ),
    )
}
