import { createHash } from 'node:crypto'

import { again } from '../again.ts'
import { conclude, giveIn, type Load, open, wrongWith } from '../ask.ts'
import type { Answer } from '../answer.ts'
import type { SlowReadSpec } from '../clients.ts'
import type { Connection } from '../connection.ts'
import { type Outcome, RequestError } from '../outcome.ts'
import { pause } from '../pause.ts'
import { formatRequest } from '../request.ts'
import { hostOf } from '../target.ts'

export function slowRead(load: Load, spec: SlowReadSpec): Promise<void> {
  return again(load, () => slowReadOnce(load, spec))
}

async function slowReadOnce(load: Load, spec: SlowReadSpec): Promise<Outcome> {
  const trip = load.ledger.issue('slow-read', {})
  const hash = createHash('sha256')
  let connection: Connection | undefined
  try {
    const request = load.request(trip.id)
    connection = await open(load, trip)
    const envelope = { id: trip.id, host: hostOf(load.target), close: true }
    void connection.send(formatRequest(request, envelope))
    const slowly = atPace(load, spec)
    const answer = await connection.readAnswer({
      method: request.method ?? 'GET',
      timeoutMs: load.timeoutMs,
      onHead: (head) => load.ledger.answered(trip, head),
      onBody: (piece) => {
        hash.update(piece)
        return slowly(piece)
      },
    })
    const { unreadBytes } = connection
    const wrong = wrongWith(load, { answer, trip, unreadBytes })
    return conclude(load, trip, wrong ?? compare(answer, spec.sha256, hash.digest('hex')))
  } catch (error) {
    return giveIn(load, trip, error)
  } finally {
    void connection?.close()
  }
}

/** Resolves when the bytes so far have had their time; at once, when the run is stopped. */
function atPace(load: Load, { bytesPerSecond }: SlowReadSpec): (piece: Buffer) => Promise<void> {
  const startedMs = load.nowMs()
  let bytes = 0
  return (piece) => {
    bytes += piece.length
    return pause(startedMs + (bytes * 1000) / bytesPerSecond - load.nowMs(), load.signal)
  }
}

function compare(
  answer: Answer,
  wanted: string | undefined,
  got: string,
): RequestError | undefined {
  const hash = wanted?.toLowerCase() ?? announced(answer)
  if (hash === undefined || hash === got) return undefined
  return new RequestError(
    'wrong-answer',
    `a body with SHA-256 ${got}, not ${hash}`,
    answer.wireBytes,
  )
}

/** RFC 9530: `sha-256=:BASE64:`, as a header or behind the last chunk. */
function announced({ headers, trailers }: Answer): string | undefined {
  const fields = [headers, trailers].flatMap((map) => [
    map.get('content-digest'),
    map.get('repr-digest'),
  ])
  const [, digest] = /\bsha-256=:([A-Za-z\d+/]{43}=):/.exec(fields.join(', ')) ?? []
  return digest === undefined ? undefined : Buffer.from(digest, 'base64').toString('hex')
}
