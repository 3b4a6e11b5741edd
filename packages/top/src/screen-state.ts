import type { WorkerView } from '@nunicorn/view'

import { type Line, line } from './line.ts'
import type { ScreenState } from './screen-lines.ts'

/** What the user sees besides the instance, and what changes it. */
export interface Screen extends Omit<ScreenState, 'notices'> {
  readonly notices: readonly { readonly id: number; readonly line: Line }[]
}

export type ScreenEvent =
  | { readonly type: 'moved'; readonly by: number; readonly workers: readonly WorkerView[] }
  | { readonly type: 'noticed'; readonly id: number; readonly line: Line }
  | { readonly type: 'panel-opened'; readonly panel: readonly Line[] }
  | { readonly type: 'panel-closed' }

export const firstScreen: Screen = { selected: undefined, notices: [], panel: undefined }

const keptNotices = 3

export function changeScreen(screen: Screen, event: ScreenEvent): Screen {
  switch (event.type) {
    case 'moved':
      return { ...screen, selected: moved(screen.selected, event) }
    case 'noticed':
      return { ...screen, notices: noticed(screen.notices, event) }
    case 'panel-opened':
      return { ...screen, panel: event.panel }
    case 'panel-closed':
      return { ...screen, panel: undefined }
  }
}

/** The selected worker, or the first one where that has gone. */
export function selectedWorker(
  selected: string | undefined,
  workers: readonly WorkerView[],
): WorkerView | undefined {
  return workers.find(({ key }) => key === selected) ?? workers[0]
}

function moved(
  selected: string | undefined,
  { by, workers }: { readonly by: number; readonly workers: readonly WorkerView[] },
): string | undefined {
  const from = workers.findIndex(({ key }) => key === selectedWorker(selected, workers)?.key)
  return workers[Math.min(workers.length - 1, Math.max(0, from + by))]?.key
}

/** The outcome of a deed takes the place of its announcement. */
function noticed(
  notices: Screen['notices'],
  { id, line }: { readonly id: number; readonly line: Line },
): Screen['notices'] {
  return notices.some((notice) => notice.id === id)
    ? notices.map((notice) => (notice.id === id ? { id, line } : notice))
    : [...notices, { id, line }].slice(-keptNotices)
}

export const help: readonly Line[] = [
  line({ text: 'Keys', bold: true }),
  line('  r      reload settings and code, or nothing at all; says whether it took'),
  line('  + -    one worker more, one fewer'),
  line('  ↑ ↓    select a worker (k j too); PgUp, PgDn, Home, End'),
  line('  s      the stack of the selected worker as it is now, busy or hung; it goes on running'),
  line('  p      10 s of CPU profile of the selected worker, written by it where top was started'),
  line('  Esc    close this'),
  line('  q      quit'),
  line(''),
  line({ text: 'Columns', bold: true }),
  line('  P50, P99  of the answers of the last 10 s   LOOP  busy part of the event loop'),
  line('  MEM  share of memory (PSS), else RSS        FLIGHT  requests not answered yet'),
  line('  A stale worker has been silent for two beats: what it last said is shown.'),
]
