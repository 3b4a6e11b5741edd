import type { Logger } from '@nunicorn/contract'

import type { Load } from './gate.ts'

/** Tells of a gate that closes and opens, however often it does. */
export interface GateLog {
  closed(load: Load): void
  opened(): void
}

/** A worker at its limit may open and close its gate many times a second. */
const quietMs = 10_000

export function createGateLog(log: Logger): GateLog {
  let toldAt = -Infinity
  let closedAt = 0
  let untold = 0
  let told = false
  return {
    closed(load) {
      closedAt = performance.now()
      told = closedAt - toldAt >= quietMs
      if (!told) {
        untold += 1
        return
      }
      const before = untold === 0 ? '' : ` It did so ${untold} times since this was last said.`
      log.warning(`Accepts no connections for the moment: ${reason(load)}${before}`)
      toldAt = closedAt
      untold = 0
    },
    opened() {
      if (!told) return
      const afterMs = Math.round(performance.now() - closedAt)
      log.info(`Accepts connections again, after ${afterMs} ms.`)
    },
  }
}

function reason({ connections, descriptors }: Load): string {
  if (connections.used >= connections.limit)
    return `it holds ${connections.used} connections, and worker-connections is ${connections.limit}.`
  return (
    `${descriptors.used} of ${descriptors.limit} file descriptors are in use. ` +
    'The limit is that of the shell (ulimit -n) or of the service (LimitNOFILE=).'
  )
}
