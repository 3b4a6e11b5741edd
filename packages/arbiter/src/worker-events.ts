import type { WorkerMessage, WorkerStats } from '@nunicorn/contract'

import { assertNever, type Event } from './machine/index.ts'

/** What a worker's message means to the machine. */
export function eventOf(id: number, message: WorkerMessage): Event {
  switch (message.type) {
    case 'ready':
      return { type: 'worker-ready', id }
    case 'boot-failed':
      return { type: 'worker-boot-failed', id, stage: message.stage, error: message.error }
    case 'beat':
      return { type: 'worker-beat', id, ...keptOf(message.stats) }
    case 'retire':
      return { type: 'worker-asked-to-retire', id, reason: message.reason }
    case 'drained':
      return { type: 'worker-drained', id, cut: message.cut }
    default:
      return assertNever(message)
  }
}

function keptOf({ kept }: WorkerStats): { readonly kept?: number } {
  return kept === undefined ? {} : { kept }
}
