import { again } from '../again.ts'
import { conclude, giveIn, type Load, open } from '../ask.ts'
import type { HalfHeadSpec } from '../clients.ts'
import type { Connection } from '../connection.ts'
import { onStop } from '../on-stop.ts'
import { type Outcome, RequestError } from '../outcome.ts'
import { formatRequest } from '../request.ts'
import { hostOf } from '../target.ts'

export function halfHead(load: Load, { patienceMs = load.timeoutMs }: HalfHeadSpec): Promise<void> {
  return again(load, () => halfHeadOnce(load, patienceMs))
}

async function halfHeadOnce(load: Load, patienceMs: number): Promise<Outcome> {
  const trip = load.ledger.issue('half-head', {})
  let connection: Connection | undefined
  try {
    const { method, path } = load.request(trip.id)
    connection = await open(load, trip)
    using _stopping = onStop(load.signal, () => void connection?.close())
    const envelope = { id: trip.id, host: hostOf(load.target), close: true }
    const head = formatRequest({ ...(method && { method }), ...(path && { path }) }, envelope)
    void connection.send(head.slice(0, head.length / 2))
    const ending = await watch(connection, patienceMs)
    load.ledger.ended(`half-head ${ending}`)
    return conclude(load, trip, undefined)
  } catch (error) {
    return giveIn(load, trip, error)
  } finally {
    void connection?.close()
  }
}

/** @throws RequestError an answer to what nobody has asked */
async function watch(connection: Connection, patienceMs: number): Promise<string> {
  try {
    const { status, wireBytes } = await connection.readAnswer({ timeoutMs: patienceMs })
    if (status === 408 || status === 400) return `answered ${status}`
    throw new RequestError('wrong-answer', `status ${status} to half a head`, wireBytes)
  } catch (error) {
    if (!(error instanceof RequestError) || error.bytesReceived > 0) throw error
    switch (error.outcome) {
      case 'closed-unanswered':
        return 'closed'
      case 'reset-before-bytes':
        return 'reset'
      default:
        return 'held'
    }
  }
}
