import { connect, type Socket } from 'node:net'

import { type EventRecord, NunicornError } from '@nunicorn/contract'

import { splitLines } from './lines.ts'
import type { MethodName, MethodParams, MethodResults } from './methods.ts'
import { errorOf, isRecord, type RpcError } from './protocol.ts'

/** A connection to the control socket of an instance. */
export interface ControlClient extends AsyncDisposable {
  /**
   * Resolves when the thing is done: a reload with `wait` when it has taken.
   *
   * @throws NunicornError with the code, the message and the hint of what went wrong there; `connection-lost`; `another-protocol`
   */
  call<Name extends MethodName>(
    method: Name,
    ...params: Arguments<MethodParams<Name>>
  ): Promise<MethodResults[Name]>
  /**
   * What has happened and what will happen, without end; one at a time for each client.
   * @throws NunicornError `connection-lost` once the instance has gone
   */
  events(options?: MethodParams<'subscribe'>): AsyncIterableIterator<EventRecord>
  /** Resolves when the connection has ended, from whichever side. */
  readonly closed: Promise<void>
  close(): Promise<void>
}

type Arguments<Params> =
  Params extends Readonly<Record<string, never>>
    ? []
    : Partial<Params> extends Params
      ? [params?: Params]
      : [params: Params]

/** Answers may be long: a thousand events with their stacks. */
const longestAnswerBytes = 256 * 1_048_576

/** @throws NunicornError `unreachable` */
export async function connectControl({ path }: { readonly path: string }): Promise<ControlClient> {
  const socket = await reach(path)
  const pending = new Map<number, PromiseWithResolvers<unknown>>()
  const closed = Promise.withResolvers<void>()
  const lines = splitLines(longestAnswerBytes)
  let onEvent: ((event: EventRecord) => void) | undefined
  let lastId = 0
  let fault = connectionLost(path)

  socket.on('error', () => {})
  socket.on('close', () => {
    for (const { reject } of pending.values()) reject(fault)
    pending.clear()
    closed.resolve()
  })
  socket.on('data', (chunk) => {
    try {
      for (const line of lines.add(chunk)) if (line !== '') hear(JSON.parse(line))
    } catch (cause) {
      fault = anotherProtocol(path, cause)
      socket.destroy()
    }
  })

  function hear(message: unknown): void {
    if (!isRecord(message)) return
    if (message['method'] === 'event') return onEvent?.(message['params'] as EventRecord)
    const { id, result, error } = message
    const call = pending.get(Number(id))
    pending.delete(Number(id))
    if (error === undefined) call?.resolve(result)
    else call?.reject(errorOf(error as RpcError))
  }

  function call(method: MethodName, params: object = {}): Promise<unknown> {
    const id = ++lastId
    const answer = Promise.withResolvers<unknown>()
    if (socket.destroyed) return Promise.reject(fault)
    pending.set(id, answer)
    socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
    return answer.promise
  }

  async function* events(options: object = {}): AsyncGenerator<EventRecord> {
    const waiting: EventRecord[] = []
    let wake = Promise.withResolvers<void>()
    onEvent = (event) => {
      waiting.push(event)
      wake.resolve()
    }
    void closed.promise.then(() => wake.resolve())
    try {
      await call('subscribe', options)
      for (;;) {
        await wake.promise
        wake = Promise.withResolvers<void>()
        yield* waiting.splice(0)
        if (socket.destroyed) throw fault
      }
    } finally {
      onEvent = undefined
      await call('unsubscribe').catch(() => {})
    }
  }

  async function close(): Promise<void> {
    socket.destroy()
    await closed.promise
  }

  return {
    call: (method, ...params) => call(method, params[0]) as never,
    events,
    closed: closed.promise,
    close,
    [Symbol.asyncDispose]: close,
  }
}

function reach(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.removeAllListeners('error')
      resolve(socket)
    })
    socket.once('error', (error) => reject(unreachable(path, error)))
  })
}

function unreachable(path: string, cause: NodeJS.ErrnoException): NunicornError {
  const why =
    {
      ENOENT: 'there is no such socket',
      ECONNREFUSED: 'nobody listens there',
      EACCES: 'this user may not',
    }[cause.code ?? ''] ?? cause.message
  return new NunicornError({
    code: 'unreachable',
    message: `The control socket ${path} cannot be reached: ${why}.`,
    hint: 'Is that instance running, as this user? `nunicorn ctl` without a command lists what is found.',
    cause,
  })
}

function anotherProtocol(path: string, cause: unknown): NunicornError {
  return new NunicornError({
    code: 'another-protocol',
    message: `What listens at ${path} does not speak the protocol of a control socket.`,
    hint: 'Give the path of the control socket, not that of the app: `nunicorn ctl` without a command lists what is found.',
    cause,
  })
}

function connectionLost(path: string): NunicornError {
  return new NunicornError({
    code: 'connection-lost',
    message: `The connection to ${path} has ended before the answer came.`,
    hint: 'The instance has stopped, or it has let go of a client that was too slow.',
  })
}
