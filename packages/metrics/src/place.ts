import type { WorkerStatus } from '@nunicorn/contract'

/**
 * By which labels a worker is known: not by its pid, which would make new series with each restart. While a worker is
 * replaced there are two in its slot, told apart by their role; several of one role are shown as one.
 */
export interface Place {
  readonly worker: number
  readonly role: 'booting' | 'serving' | 'leaving'
}

export function placeOf({
  number,
  state,
  bootMs,
}: WorkerStatus): Place & Record<string, string | number> {
  return { worker: number, role: roleOf(state, bootMs) }
}

function roleOf(state: WorkerStatus['state'], bootMs: number | undefined): Place['role'] {
  if (state === 'draining' || state === 'ending') return 'leaving'
  return bootMs === undefined ? 'booting' : 'serving'
}

/** A worker beats once a second at least. */
const twoBeatsMs = 2_500

/** Whether what is said of a worker may not be so any more. */
export function isStale({ state, silentMs }: WorkerStatus): boolean {
  return state === 'suspect' || silentMs > twoBeatsMs
}
