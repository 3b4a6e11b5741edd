import { again } from '../again.ts'
import type { AnswerHead } from '../answer-head.ts'
import { conclude, giveIn, type Load, open, wrongWith } from '../ask.ts'
import type { Answer } from '../answer.ts'
import type { ServerSentEventsSpec } from '../clients.ts'
import type { Connection } from '../connection.ts'
import { createEventStreamReader, type EventStreamReader } from '../event-stream.ts'
import { onStop } from '../on-stop.ts'
import { type Outcome, RequestError } from '../outcome.ts'
import { formatRequest } from '../request.ts'
import { hostOf } from '../target.ts'
import type { Trip } from '../trip.ts'

export function serverSentEvents(load: Load, spec: ServerSentEventsSpec): Promise<void> {
  return again(load, () => streamOnce(load, spec))
}

async function streamOnce(load: Load, spec: ServerSentEventsSpec): Promise<Outcome> {
  const trip = load.ledger.issue('server-sent-events', {})
  let connection: Connection | undefined
  let hasLeft = false
  const leave = (): void => {
    hasLeft = true
    void connection?.close()
  }
  try {
    const { path = '/', headers } = load.request(trip.id)
    connection = await open(load, trip)
    using _stopping = onStop(load.signal, leave)
    const request = { path, headers: { accept: 'text/event-stream', ...headers } }
    const envelope = { id: trip.id, host: hostOf(load.target), close: false }
    void connection.send(formatRequest(request, envelope))
    const wrong = await follow(load, { connection, trip, spec, leave })
    if (wrong === undefined) load.ledger.ended('server-sent-events ended by the server')
    return conclude(load, trip, wrong)
  } catch (error) {
    if (!hasLeft) return giveIn(load, trip, error)
    load.ledger.ended('server-sent-events ended here')
    return conclude(load, trip, undefined)
  } finally {
    void connection?.close()
  }
}

interface Following {
  readonly connection: Connection
  readonly trip: Trip
  readonly spec: ServerSentEventsSpec
  readonly leave: () => void
}

/** Resolves when the server has ended the stream properly, or has not given one. */
async function follow(
  load: Load,
  { connection, trip, spec, leave }: Following,
): Promise<RequestError | undefined> {
  const { silenceMs = Infinity, events: enough = Infinity } = spec
  const stream = createEventStreamReader()
  let count = 0
  const answer = await connection.readAnswer({
    timeoutMs: load.timeoutMs,
    pieceTimeoutMs: silenceMs,
    onHead: (head) => load.ledger.answered(trip, head),
    onBody: (piece) => {
      const events = stream.push(piece).length
      count += events
      load.ledger.received(events)
      if (count >= enough) leave()
    },
  })
  const { unreadBytes } = connection
  return wrongWith(load, { answer, trip, unreadBytes }) ?? unfit(answer, stream)
}

function unfit(answer: Answer, stream: EventStreamReader): RequestError | undefined {
  const { wireBytes } = answer
  const type = typeOf(answer)
  if (answer.status !== 200 || !/^text\/event-stream\s*(;|$)/i.test(type)) {
    return new RequestError('wrong-answer', `no event stream: ${answer.status}, ${type}`, wireBytes)
  }
  return stream.isWithinEvent
    ? new RequestError('cut-short', 'ended within an event', wireBytes)
    : undefined
}

function typeOf({ headers }: Pick<AnswerHead, 'headers'>): string {
  return headers.get('content-type') ?? 'no Content-Type'
}
