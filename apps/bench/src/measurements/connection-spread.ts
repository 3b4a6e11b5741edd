import { setTimeout as sleep } from 'node:timers/promises'

import type { Connection } from '@nunicorn/torture'

import { ask, askOn } from '../ask.ts'
import type { Measurement } from '../measurement.ts'
import type { Quantity } from '../quantity.ts'

export const spreadOf64: SpreadMeasurement = connectionSpread(64)
export const spreadOf1000: SpreadMeasurement = connectionSpread(1_000)

export interface SpreadMeasurement extends Measurement {
  readonly later: Quantity
}

/** How long the clients go on asking: time for a server to move connections, by ending them politely. */
const settleMs = 5_000
const thinkMs = 250
/** Fewer than any backlog: who opens a thousand at once measures that. */
const atOnce = 50

/**
 * How evenly connections that stay open are spread over the workers: the most that one has, by what each should have. Taken
 * when all are open, and again when the clients have asked on them for a while, opening new ones for those that
 * the server has ended.
 */
function connectionSpread(connections: number): SpreadMeasurement {
  const count = connections.toLocaleString('en')
  const atFirst = quantity(`spread of ${count} connections over the workers`)
  const later = quantity(`spread of ${count} connections after 5 s of use`)
  return {
    later,
    quantities: [atFirst, later],
    async measure({ entrant, server: { port } }, { quick, signal }) {
      if (entrant.workers === 1) return new Map()
      await using clients = new AsyncDisposableStack()
      const crowd: Client[] = []
      while (crowd.length < connections) {
        const more = Math.min(atOnce, connections - crowd.length)
        crowd.push(...(await Promise.all(Array.from({ length: more }, () => openClient(port)))))
      }
      for (const client of crowd) clients.use(client)
      const first = imbalance(crowd, entrant.workers)
      const giveUpAt = performance.now() + (quick ? 0 : settleMs)
      await Promise.all(crowd.map((client) => client.askUntil(giveUpAt, signal)))
      return new Map([
        [atFirst, first],
        [later, imbalance(crowd, entrant.workers)],
      ])
    },
  }
}

function quantity(name: string): Quantity {
  return { name, unit: 'max/mean', better: 'lower' }
}

interface Client extends AsyncDisposable {
  /** Who answered last. */
  readonly worker: string
  askUntil(endAt: number, signal: AbortSignal): Promise<void>
}

async function openClient(port: number): Promise<Client> {
  let { worker, connection } = await ask(port)

  async function askAgain(): Promise<void> {
    const kept = connection.ending === undefined && (await reuse(connection))
    if (!kept) {
      await connection.close()
      ;({ worker, connection } = await ask(port))
    }
  }

  return {
    get worker() {
      return worker
    },
    async askUntil(endAt, signal) {
      await sleep(Math.random() * thinkMs, undefined, { signal })
      while (performance.now() < endAt) {
        await askAgain()
        await sleep(thinkMs, undefined, { signal })
      }
    },
    [Symbol.asyncDispose]: () => connection.close(),
  }
}

/** Whether the connection can be used again. */
async function reuse(connection: Connection): Promise<boolean> {
  return (await askOn(connection)).keepsOpen
}

function imbalance(clients: readonly Client[], workers: number): number {
  const counts = Map.groupBy(clients, ({ worker }) => worker)
  const most = Math.max(...[...counts.values()].map(({ length }) => length))
  return most / (clients.length / workers)
}
