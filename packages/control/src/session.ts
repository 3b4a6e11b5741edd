import type { Socket } from 'node:net'

import { type EventRecord, isNunicornError, reportError } from '@nunicorn/contract'

import { splitLines } from './lines.ts'
import { isMethodName, type MethodParams, methodTable } from './methods.ts'
import { faultsOf } from './param.ts'
import {
  ErrorCode,
  type EventNotice,
  type Id,
  isRecord,
  longestMessageBytes,
  ProtocolError,
  readRequest,
  type Request,
  type Response,
  type RpcError,
} from './protocol.ts'
import type { Limits, ServerOptions } from './server.ts'

export interface Session {
  /** It waits for an answer or for events. */
  readonly isOfUse: boolean
  /** Says why, and ends the connection. */
  refuse(why: string): void
}

export interface SessionOptions extends ServerOptions {
  readonly limits: Limits
  /** Called with each whole message. */
  readonly onAsked: () => void
}

const messagesATurn = 16

/** One connection, for as long as it lasts. */
export function createSession(
  socket: Socket,
  { controls, events, limits, onAsked }: SessionOptions,
): Session {
  const lines = splitLines(longestMessageBytes)
  let calls = 0
  let hasMoreToSay = true
  let unsubscribe: (() => void) | undefined
  /** For a message that has begun. */
  let unfinished: NodeJS.Timeout | undefined
  let idle: NodeJS.Timeout | undefined
  /** Since the connection is to end. */
  let late: NodeJS.Timeout | undefined

  socket.on('error', () => {})
  socket.on('close', () => {
    clearTimeout(unfinished)
    clearTimeout(idle)
    clearTimeout(late)
    endSubscription()
  })
  socket.on('data', (chunk) => {
    if (!isOver()) read(lines.add(chunk))
  })
  socket.on('end', () => {
    hasMoreToSay = false
    endSubscription()
    if (lines.waitingBytes > 0) refuse('The message did not end.')
    watch()
  })
  watch()

  /** So many messages a turn, and no more bytes before they are read: a flood of them must not keep others waiting. */
  function read(messages: Iterator<string>): void {
    try {
      for (let count = 0; count < messagesATurn && !isOver(); count += 1) {
        const { value, done } = messages.next()
        if (done) return readOn()
        forgiveUnfinished()
        if (value !== '') void take(value)
      }
    } catch (error) {
      refuse(error instanceof RangeError ? `There was ${error.message}.` : String(error))
    }
    if (isOver()) return readOn()
    socket.pause()
    setImmediate(read, messages)
  }

  function isOver(): boolean {
    return late !== undefined || socket.destroyed
  }

  function readOn(): void {
    if (lines.waitingBytes === 0) forgiveUnfinished()
    socket.resume()
    watch()
  }

  function forgiveUnfinished(): void {
    clearTimeout(unfinished)
    unfinished = undefined
  }

  /** A message that has begun must end, however slowly it comes; a connection that is good for nothing ends, too. */
  function watch(): void {
    clearTimeout(idle)
    if (socket.destroyed || socket.writableEnded) return
    if (lines.waitingBytes > 0)
      unfinished ??= setTimeout(refuse, limits.messageMs, 'The message did not end.').unref()
    if (isOfUse()) return
    if (!hasMoreToSay) end()
    else idle = setTimeout(end, limits.idleMs).unref()
  }

  function isOfUse(): boolean {
    return calls > 0 || unsubscribe !== undefined
  }

  async function take(line: string): Promise<void> {
    // What follows a message that ended the connection is not read any more.
    if (socket.writableEnded) return
    calls += 1
    onAsked()
    let id: Id | undefined = null
    try {
      const request = readRequest(line)
      id = request.id
      if (calls > limits.calls) throw new ProtocolError(ErrorCode.failed, 'Too many calls at once.')
      const result = await obey(request)
      if (id !== undefined) send({ jsonrpc: '2.0', id, result: result ?? null })
    } catch (error) {
      const answersTo = error instanceof ProtocolError && id === null ? error.id : id
      if (answersTo !== undefined) send({ jsonrpc: '2.0', id: answersTo, error: rpcErrorOf(error) })
    } finally {
      calls -= 1
      watch()
    }
  }

  async function obey({ method, params = {} }: Request): Promise<unknown> {
    if (method === 'rpc.discover') return (await import('./open-rpc.ts')).openRpc()
    if (!isMethodName(method))
      throw new ProtocolError(
        ErrorCode.methodNotFound,
        `There is no method ${JSON.stringify(method)}.`,
      )
    if (!isRecord(params))
      throw new ProtocolError(ErrorCode.invalidParams, 'params must be an object, by names.')
    const faults = faultsOf(methodTable[method].params, params)
    if (faults.length > 0) throw new ProtocolError(ErrorCode.invalidParams, faults.join(' '))
    switch (method) {
      case 'events':
        return recent(params)
      case 'subscribe':
        return subscribe(params)
      case 'unsubscribe':
        return endSubscription()
      default:
        return await (controls[method] as (params: unknown) => unknown)(params)
    }
  }

  function recent({ last, after }: MethodParams<'events'>): readonly EventRecord[] {
    const known = events.recent(after)
    return last === undefined ? known : known.slice(Math.max(0, known.length - last))
  }

  function subscribe(params: MethodParams<'subscribe'>): { readonly sequence: number } {
    endSubscription()
    // After the answer to the call, so that a client need not expect them before.
    const begin = setImmediate(() => {
      for (const event of recent(params)) notify(event)
      unsubscribe = events.subscribe(notify)
    })
    unsubscribe = () => clearImmediate(begin)
    return { sequence: events.recent().at(-1)?.sequence ?? 0 }
  }

  function endSubscription(): Readonly<Record<string, never>> {
    unsubscribe?.()
    unsubscribe = undefined
    return {}
  }

  function notify(event: EventRecord): void {
    send({ jsonrpc: '2.0', method: 'event', params: event })
  }

  /** Nothing is kept without bound for a client that does not read. */
  function send(message: Response | EventNotice): void {
    if (!socket.writable) return
    socket.write(`${JSON.stringify(message)}\n`)
    if (socket.writableLength > limits.waitingBytes) socket.destroy()
  }

  function refuse(why: string): void {
    send({
      jsonrpc: '2.0',
      id: null,
      error: { code: ErrorCode.invalidRequest, message: `${why} The connection ends.` },
    })
    end()
  }

  /** A client that does not close its side has no more to say. Idempotent. */
  function end(): void {
    if (late !== undefined) return
    endSubscription()
    socket.end(() => socket.destroy())
    // Whatever it says or does not read meanwhile.
    late = setTimeout(() => socket.destroy(), limits.messageMs).unref()
  }

  return {
    get isOfUse() {
      return isOfUse()
    },
    refuse,
  }
}

function rpcErrorOf(error: unknown): RpcError {
  if (error instanceof ProtocolError) return { code: error.code, message: error.message }
  const data = reportError(error)
  const code = isNunicornError(error) ? ErrorCode.failed : ErrorCode.internal
  return { code, message: data.message, data }
}
