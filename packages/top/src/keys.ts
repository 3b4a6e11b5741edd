import { join } from 'node:path'

import type { FleetView } from '@nunicorn/view'
import type { Key } from 'ink'

import type { Deed } from './deeds.ts'
import { selectedWorker } from './screen-state.ts'

/** What a key means. */
export type Wish =
  | { readonly type: 'do'; readonly deed: Deed }
  | { readonly type: 'move'; readonly by: number }
  | { readonly type: 'help' | 'close' | 'quit' }

const pageRows = 10
const profileSeconds = 10

export interface Place {
  readonly view: FleetView
  readonly selected: string | undefined
  /** How many workers there shall be, once all that was asked for is done. */
  readonly target: number
  /** Where profiles are written. */
  readonly directory: string
  readonly now: Date
}

export function wishOf(
  { input, key }: { readonly input: string; readonly key: Partial<Key> },
  place: Place,
): Wish | undefined {
  const move = movement(key, input)
  if (move !== undefined) return { type: 'move', by: move }
  if (key.escape) return { type: 'close' }
  const worker = selectedWorker(place.selected, place.view.workers)
  switch (input) {
    case 'q':
      return { type: 'quit' }
    case '?':
    case 'h':
      return { type: 'help' }
    case 'r':
      return { type: 'do', deed: { type: 'reload' } }
    case '+':
    case '=':
      return { type: 'do', deed: { type: 'scale', to: place.target + 1 } }
    case '-':
      return place.target > 1
        ? { type: 'do', deed: { type: 'scale', to: place.target - 1 } }
        : undefined
    case 's':
      return worker && { type: 'do', deed: { type: 'stack', worker } }
    case 'p':
      return (
        worker && {
          type: 'do',
          deed: {
            type: 'profile',
            worker,
            seconds: profileSeconds,
            file: profileFile(worker.pid, place),
          },
        }
      )
    default:
      return undefined
  }
}

function movement(key: Partial<Key>, input: string): number | undefined {
  if (key.upArrow || input === 'k') return -1
  if (key.downArrow || input === 'j') return 1
  if (key.pageUp) return -pageRows
  if (key.pageDown) return pageRows
  if (key.home) return Number.NEGATIVE_INFINITY
  return key.end ? Number.POSITIVE_INFINITY : undefined
}

/** A name that no file has yet, and that says what it is. */
function profileFile(pid: number, { directory, now }: Place): string {
  const time = now.toISOString().replaceAll(/[-:]|\.\d+/g, '')
  return join(directory, `nunicorn-worker-${pid}-${time}.cpuprofile`)
}
