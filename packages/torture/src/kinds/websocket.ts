import { again } from '../again.ts'
import { conclude, giveIn, type Load, open } from '../ask.ts'
import type { WebSocketSpec } from '../clients.ts'
import type { Connection } from '../connection.ts'
import { startDeadline } from '../deadline.ts'
import { type Outcome, RequestError } from '../outcome.ts'
import { pause } from '../pause.ts'
import { formatRequest } from '../request.ts'
import { hostOf } from '../target.ts'
import type { Trip } from '../trip.ts'
import { clientFrame, closeBody, closeCodeOf, createMessageReaders } from '../websocket-frames.ts'
import { createHandshake } from '../websocket-handshake.ts'

/** Normal, going away, service restart, try again later. */
const PROPER_CODES: readonly number[] = [1000, 1001, 1012, 1013]

export function webSocket(load: Load, spec: WebSocketSpec, index: number): Promise<void> {
  let turn = index
  const { thinkMs = [100] } = spec
  const nextThinkMs = (): number => thinkMs[turn++ % thinkMs.length] ?? 0
  return again(load, () => connectOnce(load, { nextThinkMs, enough: spec.messages ?? Infinity }))
}

interface Manner {
  readonly nextThinkMs: () => number
  readonly enough: number
}

async function connectOnce(load: Load, manner: Manner): Promise<Outcome> {
  const trip = load.ledger.issue('websocket', {})
  let connection: Connection | undefined
  try {
    connection = await open(load, trip)
    await shakeHands(load, trip, connection)
    const session = new Session(load, trip, connection)
    void session.talk(manner)
    load.ledger.ended(`websocket closed ${await session.listen()}`)
    return conclude(load, trip, undefined)
  } catch (error) {
    return giveIn(load, trip, error)
  } finally {
    void connection?.close()
  }
}

async function shakeHands(load: Load, trip: Trip, connection: Connection): Promise<void> {
  const { path = '/', headers } = load.request(trip.id)
  const handshake = createHandshake()
  const request = { path, headers: { ...headers, ...handshake.headers } }
  const envelope = { id: trip.id, host: hostOf(load.target), close: false }
  void connection.send(formatRequest(request, envelope))
  const answer = await connection.readAnswer({ timeoutMs: load.timeoutMs })
  load.ledger.answered(trip, answer)
  const problem = handshake.check(answer)
  if (problem === undefined) return
  const outcome = answer.status >= 500 ? 'server-error' : 'wrong-answer'
  throw new RequestError(outcome, problem, answer.wireBytes)
}

interface Pending {
  readonly text: string
  readonly sentMs: number
  readonly resolve: () => void
}

/** A connection after its handshake: one side talks, the other listens. */
class Session {
  readonly #load: Load
  readonly #trip: Trip
  readonly #connection: Connection
  readonly #nextReader = createMessageReaders()
  readonly #late = Promise.withResolvers<never>()
  readonly #over = new AbortController()
  #pending: Pending | undefined
  #isClosing = false

  constructor(load: Load, trip: Trip, connection: Connection) {
    this.#load = load
    this.#trip = trip
    this.#connection = connection
    this.#late.promise.catch(() => {})
  }

  /** Sends messages, each after the echo of the one before, until enough, or the run stops; then says goodbye. */
  async talk({ nextThinkMs, enough }: Manner): Promise<void> {
    const ending = AbortSignal.any([this.#load.signal, this.#over.signal])
    for (let count = 0; count < enough && !ending.aborted; count++) {
      if (count > 0) await pause(nextThinkMs(), ending)
      if (!ending.aborted) await this.#sendAndWait(`${this.#trip.id}:${count}`)
    }
    if (!this.#over.signal.aborted) this.#sayGoodbye()
  }

  /**
   * Reads until the close frame.
   *
   * @returns its code
   * @throws RequestError
   */
  async listen(): Promise<string> {
    try {
      for (;;) {
        const code = await Promise.race([this.#listenOnce(), this.#late.promise])
        if (code !== undefined) return code
      }
    } finally {
      this.#over.abort()
      this.#pending?.resolve()
    }
  }

  async #listenOnce(): Promise<string | undefined> {
    const message = await this.#read()
    switch (message.type) {
      case 'ping':
        void this.#connection.send(clientFrame('pong', message.data))
        return undefined
      case 'pong':
        return undefined
      case 'close':
        return this.#closed(closeCodeOf(message), message.data)
      case 'text':
      case 'binary':
        this.#hear(String(message.data))
        return undefined
    }
  }

  async #read() {
    try {
      return await this.#connection.read(this.#nextReader(), { timeoutMs: Infinity })
    } catch (error) {
      if (!(error instanceof RequestError) || error.outcome === 'wrong-answer') throw error
      const doing = this.#pending ? 'an echo was due' : 'idle'
      throw new RequestError('cut-short', `${error.message} without a close frame, ${doing}`, 1)
    }
  }

  #hear(text: string): void {
    const pending = this.#pending
    if (text !== pending?.text) {
      const wanted = pending ? `${pending.text} was sent` : 'nothing was sent'
      throw new RequestError('wrong-answer', `the message ${text.slice(0, 80)} came, ${wanted}`, 1)
    }
    this.#pending = undefined
    this.#load.ledger.echoed(this.#trip, pending.sentMs)
    pending.resolve()
  }

  /** The answer to our own goodbye, or the server's, which is answered and leaves what was sent to be sent again. */
  #closed(code: number, body: Buffer): string {
    if (this.#isClosing) return 'here'
    if (!PROPER_CODES.includes(code)) {
      const outcome = code === 1011 ? 'server-error' : 'wrong-answer'
      throw new RequestError(outcome, `closed with ${code}`, body.length)
    }
    void this.#connection.send(clientFrame('close', closeBody(code)))
    if (this.#pending) this.#load.ledger.sendAgain++
    return String(code)
  }

  async #sendAndWait(text: string): Promise<void> {
    const echoed = Promise.withResolvers<void>()
    this.#pending = { text, sentMs: this.#load.nowMs(), resolve: () => echoed.resolve() }
    using _deadline = this.#deadline('no echo')
    void this.#connection.send(clientFrame('text', Buffer.from(text)))
    await echoed.promise
  }

  #sayGoodbye(): void {
    this.#isClosing = true
    const deadline = this.#deadline('no close frame in return')
    this.#over.signal.addEventListener('abort', () => deadline[Symbol.dispose]())
    void this.#connection.send(clientFrame('close', closeBody(1000)))
  }

  #deadline(what: string): Disposable {
    const { timeoutMs } = this.#load
    const cancel = startDeadline(timeoutMs, () => {
      this.#late.reject(new RequestError('timeout', `${what} within ${timeoutMs} ms`, 1))
    })
    return { [Symbol.dispose]: cancel }
  }
}
