import { setTimeout as sleep } from 'node:timers/promises'

import { emptyView, type FleetView, withEvents, withStatus } from '@nunicorn/view'

import type { TopClient } from './client.ts'

/** Follows an instance for as long as it is there. */
export interface Watch extends Disposable {
  /** The same object as long as nothing has changed. */
  view(): Watched
  /** @returns a function that ends it */
  subscribe(listener: () => void): () => void
  /** Resolves when the instance has gone. */
  readonly gone: Promise<void>
}

export interface Watched {
  readonly fleet: FleetView
  /** It has not answered for a while, and what is shown is old. */
  readonly late: boolean
}

export interface WatchTiming {
  readonly everyMs?: number
  /** When an answer is late. */
  readonly patienceMs?: number
}

export function watchInstance(
  client: TopClient,
  { everyMs = 1_000, patienceMs = 3_000 }: WatchTiming = {},
): Watch {
  const listeners = new Set<() => void>()
  const end = new AbortController()
  const gone = Promise.withResolvers<void>()
  let watched: Watched = { fleet: emptyView, late: false }

  function become(next: Partial<Watched>): void {
    watched = { ...watched, ...next }
    for (const listener of listeners) listener()
  }

  async function pollStatus(): Promise<void> {
    while (!end.signal.aborted) {
      const late = setTimeout(() => become({ late: true }), patienceMs)
      try {
        const status = await client.call('status')
        become({ fleet: withStatus(watched.fleet, status), late: false })
      } finally {
        clearTimeout(late)
      }
      await sleep(everyMs, undefined, { signal: end.signal })
    }
  }

  async function followEvents(): Promise<void> {
    for await (const event of client.events()) {
      if (end.signal.aborted) return
      become({ fleet: withEvents(watched.fleet, [event]) })
    }
  }

  // However the connection ends, that is the end of the watch; why is seen by whoever asks something.
  for (const part of [pollStatus(), followEvents(), client.closed])
    part.catch(() => {}).finally(() => gone.resolve())

  return {
    view: () => watched,
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    gone: gone.promise,
    [Symbol.dispose]: () => end.abort(),
  }
}
