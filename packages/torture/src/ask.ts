import type { Answer } from './answer.ts'
import type { ClientKind } from './clients.ts'
import { type Connection, openConnection } from './connection.ts'
import type { Ledger } from './ledger.ts'
import { type Outcome, RequestError } from './outcome.ts'
import { formatRequest, type LoadRequest } from './request.ts'
import { hostOf, type Target } from './target.ts'
import type { Kept, Trip } from './trip.ts'

/** What the clients of a run share. */
export interface Load {
  readonly target: Target
  readonly timeoutMs: number
  /** Aborted when no more requests are to be issued. */
  readonly signal: AbortSignal
  readonly ledger: Ledger
  readonly nowMs: () => number
  readonly request: (id: string) => LoadRequest
  /** What is wrong with an answer that is complete and 2xx. */
  readonly expect: (answer: Answer, id: string) => string | undefined
  /** Ends the run: a function of the caller threw. */
  readonly giveUp: (error: unknown) => void
}

export interface Asking {
  readonly kind: ClientKind
  /** The connection to use; a new one unless given. */
  readonly kept?: Kept | undefined
  /** Says `Connection: close`. */
  readonly close: boolean
  readonly dueMs?: number
}

export interface Asked {
  readonly outcome: Outcome
  /** The connection, if both sides want to use it again. */
  readonly kept: Kept | undefined
}

/** Asks once, and writes down what comes of it. */
export async function ask(load: Load, { kind, kept, close, dueMs }: Asking): Promise<Asked> {
  const startedMs = load.nowMs()
  const trip = load.ledger.issue(kind, { kept, dueMs })
  let connection = kept?.connection
  try {
    const request = load.request(trip.id)
    connection ??= await open(load, trip)
    void connection.send(formatRequest(request, { id: trip.id, host: hostOf(load.target), close }))
    const timeoutMs = Math.ceil(load.timeoutMs - (load.nowMs() - startedMs))
    const answer = await connection.readAnswer({ method: request.method ?? 'GET', timeoutMs })
    load.ledger.answered(trip, answer)
    const { unreadBytes } = connection
    const outcome = conclude(load, trip, wrongWith(load, { answer, trip, unreadBytes }))
    const reusable = !close && answer.keepsOpen && unreadBytes === 0
    if (reusable) return { outcome, kept: keep(load, { connection, answer, trip, outcome }) }
    void connection.close()
    return { outcome, kept: undefined }
  } catch (error) {
    void connection?.close()
    return { outcome: giveIn(load, trip, error), kept: undefined }
  }
}

/** Writes down that a request failed; anything but that ends the run. */
export function giveIn(load: Load, trip: Trip, error: unknown): Outcome {
  if (error instanceof RequestError) return conclude(load, trip, error)
  load.giveUp(error)
  return 'client-error'
}

/** Opens the connection of a trip, once. */
export async function open({ target, timeoutMs, ledger }: Load, trip: Trip): Promise<Connection> {
  const connection = await openConnection(target, { timeoutMs })
  ledger.connections.opened++
  trip.localPort = connection.localPort
  return connection
}

export interface Answered {
  readonly answer: Answer
  readonly trip: Trip
  /** What came behind the answer, where nothing should. */
  readonly unreadBytes: number
}

/** What is wrong with an answer that is complete. */
export function wrongWith(
  load: Load,
  { answer, trip, unreadBytes }: Answered,
): RequestError | undefined {
  const { status, headers, wireBytes } = answer
  const echo = headers.get('x-id')
  const wrong = (detail: string): RequestError =>
    new RequestError('wrong-answer', detail, wireBytes)
  if (echo !== undefined && echo !== trip.id) return wrong(`the answer to request ${echo}`)
  if (unreadBytes > 0) return wrong(tooMuch(unreadBytes))
  if (status >= 500) return new RequestError('server-error', `status ${status}`, wireBytes)
  if (status < 200 || status > 299) return wrong(`status ${status}`)
  const problem = load.expect(answer, trip.id)
  return problem === undefined ? undefined : wrong(problem)
}

/** Says what is wrong with a connection on which more has come than was asked for. */
export function tooMuch(unreadBytes: number): string {
  return `${unreadBytes} bytes more than the answer`
}

export function conclude({ ledger }: Load, trip: Trip, error: RequestError | undefined): Outcome {
  if (error === undefined) ledger.succeed(trip)
  else ledger.fail(trip, error)
  return error?.outcome ?? 'ok'
}

export interface Last {
  readonly connection: Connection
  readonly answer: Answer
  readonly trip: Trip
  readonly outcome: Outcome
}

/** The connection of an answer, to be used again. */
export function keep(load: Load, last: Last): Kept {
  const { connection, answer, trip, outcome } = last
  const { openedMs } = trip
  const { promisedIdleMs } = answer
  const answeredMs = load.nowMs()
  return { connection, openedMs, answeredMs, promisedIdleMs, last: trip, lastOutcome: outcome }
}
