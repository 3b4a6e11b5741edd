import type { OpenRequest } from '@nunicorn/contract'
import type { Exchange, ServerTracker } from '@nunicorn/shutdown'

import { findExchange } from './find-exchange.ts'

/** Where whoever looks into this process finds {@link RequestsInFlight}: in the process, as there may be several copies of this module. */
export const place: unique symbol = Symbol.for('nunicorn.requests-in-flight') as never

/**
 * The requests that this process has not answered, newest first: by an inspector it can be called while the main thread is
 * paused, in the middle of what may be an endless loop.
 *
 * `scopes` are the local variables of the functions that are being run, innermost first. If they lead to one of the requests,
 * that is the one that is being run: it comes first, and says so.
 */
export interface RequestsInFlight {
  (...scopes: readonly unknown[]): readonly OpenRequest[]
  /** The same from the other end: what a worker that crashes has held for longest. */
  oldest(): readonly OpenRequest[]
}

type Source = Pick<ServerTracker, 'exchanges'>

interface Published extends RequestsInFlight {
  readonly sources: Set<Source>
}

interface Host {
  [place]?: Published
}

const most = 20
const longestUrl = 200

/** Adds the requests of a server; the returned function takes them out. */
export function publishRequests(source: Source): () => void {
  const { sources } = ((globalThis as Host)[place] ??= createTable())
  sources.add(source)
  return () => void sources.delete(source)
}

function createTable(): Published {
  const sources = new Set<Source>()
  const newestFirst = (): Exchange[] =>
    [...sources]
      .flatMap((source) => [...source.exchanges()])
      .sort((a, b) => b.startedAt - a.startedAt)
  const table = (...scopes: readonly unknown[]): readonly OpenRequest[] => {
    const open = newestFirst()
    const running = findExchange(open, scopes)
    const others = open.filter((exchange) => exchange !== running)
    return [
      ...(running ? [{ ...describe(running), running: true as const }] : []),
      ...others.map(describe),
    ].slice(0, most)
  }
  const oldest = (): readonly OpenRequest[] => newestFirst().slice(-most).toReversed().map(describe)
  return Object.assign(table, { sources, oldest })
}

function describe({ method = '', url = '', startedAt }: Exchange): OpenRequest {
  const ageMs = Math.round(performance.now() - startedAt)
  return { method, url: url.slice(0, longestUrl), ageMs }
}
