import { Connections, type DrainableServer } from './connections.ts'
import { Drain } from './drain.ts'
import type { Exchange, ExchangeWatcher } from './exchange.ts'
import type { OpenConnection } from './http1.ts'
import type { DrainReport, ServerStats } from './report.ts'

/** How a server is drained. */
export interface TrackOptions {
  /**
   * How long a draining server waits for a request on a connection to which it has promised no idle time, because none
   * has come on it yet or because there is no keep-alive timeout; in milliseconds, at most the server's own
   * `headersTimeout`. Default 3,000: a first packet that was lost is sent again after one second (RFC 6298).
   */
  readonly headersTimeoutMs?: number
  /** Is told of each request and of what became of it. */
  readonly watcher?: ExchangeWatcher
}

/** The connections of one server, from the moment it is tracked. */
export interface ServerTracker {
  /**
   * Stops accepting, lets everything end that can, and cuts the rest once `deadline` aborts. Resolves when the last
   * connection is gone; never rejects. Later calls share the first one's promise, and the earliest deadline counts.
   */
  drain(deadline: AbortSignal): Promise<DrainReport>
  stats(): ServerStats
  /**
   * Lets `count` kept HTTP/1 connections end with their next answer, which says `Connection: close`: their clients come
   * back by new ones, which a load balancer may send elsewhere. Those told in the last few seconds that are still there count as well.
   */
  shed(count: number): void
  /** The HTTP/1 connections of this moment: for those who look at them all now and then. */
  http1(): Iterable<OpenConnection>
  /** The requests that have not been answered whole: HTTP/1 ones, then HTTP/2 streams. Not upgrades. */
  exchanges(): Iterable<Exchange>
}

const defaultHeadersTimeoutMs = 3_000

/**
 * Tracks the connections and requests of `server`, so that it can be drained. To be called before the server accepts.
 *
 * The server need not listen itself: connections handed to it by `server.emit('connection', socket)` count the same.
 */
export function trackServer(server: DrainableServer, options: TrackOptions = {}): ServerTracker {
  const headersTimeoutMs = headersTimeoutOf(server, options)
  const connections = new Connections(server, {
    headersTimeoutMs,
    watcher: options.watcher,
    onClose: () => drain?.check(),
  })
  let drain: Drain | undefined
  return {
    drain(deadline) {
      drain ??= new Drain(server, connections)
      drain.cutAt(deadline)
      return drain.done
    },
    stats: () => connections.stats(),
    shed: (count) => connections.shed(count),
    http1: () => connections.http1,
    exchanges: () => connections.exchanges(),
  }
}

function headersTimeoutOf(server: DrainableServer, options: TrackOptions): number {
  const { headersTimeoutMs = defaultHeadersTimeoutMs } = options
  // 0 is Node's word for none.
  const own = ('headersTimeout' in server && server.headersTimeout) || Infinity
  return Math.min(headersTimeoutMs, own)
}
