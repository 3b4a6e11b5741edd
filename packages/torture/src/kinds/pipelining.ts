import { type Asked, conclude, giveIn, keep, type Load, open, wrongWith } from '../ask.ts'
import type { PipeliningSpec } from '../clients.ts'
import type { Connection } from '../connection.ts'
import { PAUSE_AFTER_FAILURE_MS, pause } from '../pause.ts'
import { formatRequest, type LoadRequest } from '../request.ts'
import { reuse } from '../reuse.ts'
import { hostOf } from '../target.ts'
import type { Kept, Trip } from '../trip.ts'

export async function pipelining(load: Load, spec: PipeliningSpec): Promise<void> {
  const { depth = 8, thinkMs = 0 } = spec
  let kept: Kept | undefined
  while (!load.signal.aborted) {
    const asked = await askTogether(load, { depth, kept })
    const pauseMs = asked.outcome === 'ok' ? thinkMs : Math.max(thinkMs, PAUSE_AFTER_FAILURE_MS)
    await pause(pauseMs, load.signal)
    kept = asked.kept && reuse(load, asked.kept, true)
  }
  await kept?.connection.close()
}

interface Packet {
  readonly depth: number
  readonly kept: Kept | undefined
}

interface Asking {
  readonly trip: Trip
  readonly request: LoadRequest
}

/** Asks for all of them in one packet; what becomes of the last one that was answered becomes of them all. */
async function askTogether(load: Load, { depth, kept }: Packet): Promise<Asked> {
  const waiting = Array.from({ length: depth }, (): Trip => {
    return load.ledger.issue('pipelining', { kept })
  })
  let connection = kept?.connection
  try {
    const askings = waiting.map((trip) => ({ trip, request: load.request(trip.id) }))
    connection ??= await openForAll(load, waiting)
    void connection.send(packetOf(load, askings))
    return await readAnswers(load, { connection, askings, waiting })
  } catch (error) {
    void connection?.close()
    let outcome: Asked['outcome'] = 'ok'
    for (const trip of waiting) outcome = giveIn(load, trip, error)
    return { outcome, kept: undefined }
  }
}

async function openForAll(load: Load, trips: readonly Trip[]): Promise<Connection> {
  const connection = await open(load, trips[0]!)
  for (const trip of trips) trip.localPort = connection.localPort
  return connection
}

function packetOf({ target }: Load, askings: readonly Asking[]): Buffer {
  const host = hostOf(target)
  return Buffer.concat(
    askings.map(({ trip: { id }, request }) => {
      const bytes = formatRequest(request, { id, host, close: false })
      return typeof bytes === 'string' ? Buffer.from(bytes) : bytes
    }),
  )
}

interface Answering {
  readonly connection: Connection
  readonly askings: readonly Asking[]
  /** Those that have no answer yet. */
  readonly waiting: Trip[]
}

async function readAnswers(
  load: Load,
  { connection, askings, waiting }: Answering,
): Promise<Asked> {
  for (const { trip, request } of askings) {
    const { timeoutMs } = load
    const answer = await connection.readAnswer({ method: request.method ?? 'GET', timeoutMs })
    waiting.shift()
    load.ledger.answered(trip, answer)
    // What follows an answer is the next one, unless nothing may follow.
    const isLast = waiting.length === 0 || !answer.keepsOpen
    const unreadBytes = isLast ? connection.unreadBytes : 0
    const outcome = conclude(load, trip, wrongWith(load, { answer, trip, unreadBytes }))
    if (!isLast) continue
    for (const _ of waiting.splice(0)) load.ledger.withdraw()
    if (answer.keepsOpen && unreadBytes === 0) {
      return { outcome, kept: keep(load, { connection, answer, trip, outcome }) }
    }
    void connection.close()
    return { outcome, kept: undefined }
  }
  throw new Error('a packet without requests')
}
