import type { OpenRequest } from '@nunicorn/contract'

import type { StackFrame } from '../machine/index.ts'
import { readOpenRequests } from '../open-requests.ts'
import { type DebugSocket, openDebugSocket } from './debug-socket.ts'

/** What a process was doing when it was paused. */
export interface Paused {
  readonly stack: readonly StackFrame[]
  /** Undefined if it could not say. */
  readonly requests?: readonly OpenRequest[]
}

/** What the inspector says: https://chromedevtools.github.io/devtools-protocol/v8/Debugger/ */
type Notice =
  | {
      readonly method: 'Debugger.scriptParsed'
      readonly params: { readonly scriptId: string; readonly url: string }
    }
  | {
      readonly method: 'Debugger.paused'
      readonly params: { readonly callFrames: readonly CallFrame[] }
    }
  | {
      readonly method?: undefined
      readonly id?: number
      readonly result?: { readonly result?: { readonly value?: unknown } }
    }

interface CallFrame {
  readonly functionName: string
  readonly location: {
    readonly scriptId: string
    readonly lineNumber: number
    readonly columnNumber?: number
  }
  readonly scopeChain: readonly Scope[]
}

interface Scope {
  readonly type: string
  readonly object: { readonly objectId?: string }
}

/** The process may have been stopped where not even an expression can be evaluated; its stack is worth more. */
const requestsMs = 500
const [enable, pause, ask] = [1, 2, 3]

/** Pauses the process behind an inspector, reads what it does, and lets it go on. @throws Error why it cannot be read */
export async function pauseAndRead(url: string, signal: AbortSignal): Promise<Paused> {
  let socket: DebugSocket | undefined
  const scripts = new Map<string, string>()
  let timer: NodeJS.Timeout | undefined
  let stack: readonly StackFrame[] | undefined
  try {
    return await new Promise((resolve, reject) => {
      const send = (id: number, method: string, params?: object): void =>
        socket?.send({ id, method, params })

      function read(notice: Notice): void {
        if (notice.method === 'Debugger.scriptParsed')
          return void scripts.set(notice.params.scriptId, notice.params.url)
        if (notice.method === 'Debugger.paused') {
          const { callFrames } = notice.params
          const frames = callFrames.map((frame) => frameOf(frame, scripts))
          stack = frames
          timer = setTimeout(() => resolve({ stack: frames }), requestsMs)
          return send(ask, 'Runtime.callFunctionOn', questionTo(callFrames))
        }
        if (notice.id !== ask || stack === undefined) return
        const requests = readOpenRequests(notice.result?.result?.value)
        resolve({ stack, ...(requests && { requests }) })
      }

      signal.addEventListener(
        'abort',
        () => (stack ? resolve({ stack }) : reject(new Error('it does not run JavaScript'))),
        { once: true },
      )
      socket = openDebugSocket(url, {
        onOpen() {
          send(enable, 'Debugger.enable')
          send(pause, 'Debugger.pause')
        },
        onMessage(text) {
          try {
            read(JSON.parse(text) as Notice)
          } catch {
            // It is the app's own server; and what is thrown in here would end the arbiter.
            reject(new Error('what listens there is no inspector'))
          }
        },
        onEnd: () => reject(new Error('the inspector closed the connection')),
      })
    })
  } finally {
    clearTimeout(timer)
    socket?.close()
  }
}

/** The scopes of a module and of the process lead to everything; what a call has for itself leads to its request. */
const ofOneCall: ReadonlySet<string> = new Set(['local', 'block', 'catch', 'closure'])
const mostScopes = 60

/**
 * Asks a worker for its requests in flight (`requests-in-flight.ts` of worker-http), with the local variables of the
 * functions on the stack, by which it finds out whose request it is that they run for.
 */
function questionTo(callFrames: readonly CallFrame[]): object {
  const scopes = callFrames
    .flatMap(({ scopeChain }) => scopeChain)
    .filter(({ type, object: { objectId } }) => objectId !== undefined && ofOneCall.has(type))
    .slice(0, mostScopes)
    .map(({ object: { objectId } }) => ({ objectId }))
  return {
    functionDeclaration: `function (...scopes) {
      const list = globalThis[Symbol.for('nunicorn.requests-in-flight')]
      return typeof list === 'function' ? list(...scopes) : undefined
    }`,
    objectId: callFrames[0]?.scopeChain.at(-1)?.object.objectId,
    arguments: scopes,
    returnByValue: true,
    silent: true,
  }
}

function frameOf(
  { functionName, location }: CallFrame,
  scripts: ReadonlyMap<string, string>,
): StackFrame {
  const { scriptId, lineNumber, columnNumber = 0 } = location
  return {
    functionName,
    url: scripts.get(scriptId) ?? '',
    line: lineNumber + 1,
    column: columnNumber + 1,
  }
}
