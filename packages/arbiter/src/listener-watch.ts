import { readFileSync } from 'node:fs'

import type { Logger } from '@nunicorn/contract'
import { type BoundListener, formatAddress } from '@nunicorn/sockets'

export interface ListenerWatchOptions {
  readonly log: Logger
  /** Those in use at the moment. */
  readonly listeners: () => readonly BoundListener[]
  readonly backlog: () => number
  /** Of `/proc/net/netstat`; empty where there is none. */
  readonly read?: () => string
}

export interface ListenerWatch {
  /** To be called every {@link lookEveryMs}. */
  look(): void
}

export const lookEveryMs = 2_000
/** Of a queue that stays full the operator need hear once a minute. */
const quietLooks = 60_000 / lookEveryMs

/** Notices what no process is told of: that a queue of the kernel was full, or that the file of a Unix socket is gone. */
export function listenerWatch({
  log,
  listeners,
  backlog,
  read = readNetstat,
}: ListenerWatchOptions): ListenerWatch {
  const unreachable = new Set<string>()
  let told = countOverflows(read())
  let looksSinceTold = quietLooks

  function lookForOverflows(): void {
    looksSinceTold += 1
    const count = countOverflows(read())
    if (count <= told || looksSinceTold < quietLooks) return
    log.warning(
      `A listen queue was full (ListenOverflows of this network namespace rose by ${count - told}): connections waited and were tried again. ` +
        `If no other server here is to blame, workers were blocked, or they are too few; our queues hold ${backlog()} connections each (backlog, at most net.core.somaxconn)`,
    )
    told = count
    looksSinceTold = 0
  }

  function lookForFiles(): void {
    for (const listener of listeners()) {
      const address = formatAddress(listener.address)
      if (listener.isReachable()) unreachable.delete(address)
      else if (!unreachable.has(address)) {
        unreachable.add(address)
        log.error(
          `The socket file ${address} has been removed or replaced, so that no client can connect to it; those that are connected are served. Restart nunicorn to make it anew`,
        )
      }
    }
  }

  return {
    look() {
      lookForOverflows()
      lookForFiles()
    },
  }
}

/** `ListenOverflows` of the network namespace since it was made; 0 where it is not counted. */
export function countOverflows(netstat: string): number {
  const [names = [], values = []] = netstat
    .split('\n')
    .filter((line) => line.startsWith('TcpExt: '))
    .map((line) => line.split(' '))
  return Number(values[names.indexOf('ListenOverflows')] ?? 0) || 0
}

function readNetstat(): string {
  try {
    return readFileSync('/proc/net/netstat', 'latin1')
  } catch {
    return ''
  }
}
