import { createHash, randomBytes } from 'node:crypto'

import { again } from '../again.ts'
import { conclude, giveIn, type Load, open, wrongWith } from '../ask.ts'
import type { Answer } from '../answer.ts'
import type { UploadSpec } from '../clients.ts'
import type { Connection } from '../connection.ts'
import { startDeadline } from '../deadline.ts'
import { type Outcome, RequestError } from '../outcome.ts'
import { pause } from '../pause.ts'
import { formatRequest } from '../request.ts'
import { hostOf } from '../target.ts'

const PIECE_BYTES = 64 * 1024
const PIECES_PER_SECOND = 20

export function upload(load: Load, spec: UploadSpec): Promise<void> {
  const noise = randomBytes(PIECE_BYTES)
  return again(load, () => uploadOnce(load, spec, noise))
}

async function uploadOnce(load: Load, spec: UploadSpec, noise: Buffer): Promise<Outcome> {
  const trip = load.ledger.issue('upload', {})
  let connection: Connection | undefined
  try {
    const body = bodyOf(trip.id, { bytes: spec.bytes ?? 1_000_000, noise })
    const { method = 'POST', path = '/', headers } = load.request(trip.id)
    const length = {
      'content-type': 'application/octet-stream',
      'content-length': `${body.length}`,
    }
    connection = await open(load, trip)
    const request = { method, path, headers: { ...length, ...headers } }
    const envelope = { id: trip.id, host: hostOf(load.target), close: true }
    void connection.send(formatRequest(request, envelope))
    await sendBody(load, { connection, body, bytesPerSecond: spec.bytesPerSecond })
    trip.sentMs = load.nowMs()
    const answer = await connection.readAnswer({ method, timeoutMs: load.timeoutMs })
    load.ledger.answered(trip, answer)
    const { unreadBytes } = connection
    const wrong = wrongWith(load, { answer, trip, unreadBytes }) ?? compare(load, answer, body)
    return conclude(load, trip, wrong)
  } catch (error) {
    return giveIn(load, trip, error)
  } finally {
    void connection?.close()
  }
}

/** Begins with the request's id, so that no two are the same. */
function bodyOf(id: string, { bytes, noise }: { bytes: number; noise: Buffer }): Buffer {
  const body = Buffer.alloc(bytes, noise)
  body.write(id)
  return body
}

interface Sending {
  readonly connection: Connection
  readonly body: Buffer
  readonly bytesPerSecond: number | undefined
}

/** All of it, or until the server has answered or ended the connection. In a hurry once the run is stopped. */
async function sendBody(load: Load, { connection, body, bytesPerSecond }: Sending): Promise<void> {
  const pace = bytesPerSecond ?? Infinity
  const pieceBytes = Math.max(1, Math.min(PIECE_BYTES, Math.ceil(pace / PIECES_PER_SECOND)))
  const startedMs = load.nowMs()
  for (let sent = 0; sent < body.length; sent += pieceBytes) {
    const dueMs = startedMs + (sent * 1000) / pace
    await Promise.race([pause(dueMs - load.nowMs(), load.signal), connection.arrival()])
    if (connection.unreadBytes > 0 || connection.ending) return
    await taken(connection, body.subarray(sent, sent + pieceBytes), load.timeoutMs)
  }
}

/** @throws RequestError when the server does not read */
async function taken(connection: Connection, piece: Buffer, timeoutMs: number): Promise<void> {
  const stalled = Promise.withResolvers<never>()
  const cancel = startDeadline(timeoutMs, () => {
    stalled.reject(new RequestError('timeout', `the upload stood still for ${timeoutMs} ms`))
  })
  await Promise.race([connection.send(piece), connection.arrival(), stalled.promise]).finally(
    cancel,
  )
}

/** Only what the server says can be compared: without a hash in its answer there is nothing wrong. */
function compare(
  { ledger }: Load,
  { body, wireBytes }: Answer,
  sent: Buffer,
): RequestError | undefined {
  const said = body
    .toString('latin1')
    .toLowerCase()
    .match(/\b[\da-f]{64}\b/g)
  if (!said) {
    ledger.ended('upload answered without a SHA-256')
    return undefined
  }
  const hash = createHash('sha256').update(sent).digest('hex')
  if (!said.includes(hash)) {
    return new RequestError('wrong-answer', `SHA-256 ${said[0]} of a body with ${hash}`, wireBytes)
  }
  ledger.ended('upload arrived whole')
  return undefined
}
