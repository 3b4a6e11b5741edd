import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

import type { StackFrame } from '../machine/index.ts'
import { privatePorts } from './tcp-ports.ts'

const lookEveryMs = 20

/** Where the inspector of a process listens. */
export interface Inspector {
  readonly port: number
  readonly url: string
}

/** A port that is no inspector's may be the app's own, and the app hangs. */
const answerMs = 300

/**
 * The JavaScript stack of a process whose event loop is blocked: SIGUSR1 makes Node open its inspector, on a thread of its
 * own, which can pause the main thread in the middle of an endless loop.
 *
 * @throws Error saying why there is none; aborts with `signal`.
 */
export async function captureStack(
  pid: number,
  signal: AbortSignal,
): Promise<readonly StackFrame[]> {
  const others = new Set(await privatePorts(pid))
  const there = await findInspector(pid, signal)
  return await pauseAndRead((there ?? (await openInspector(pid, { others, signal }))).url, signal)
}

/** The inspector that a process has open now. */
export async function findInspector(
  pid: number,
  signal: AbortSignal,
  except: ReadonlySet<number> = new Set(),
): Promise<Inspector | undefined> {
  for (const port of await privatePorts(pid)) {
    const url = except.has(port) ? undefined : await debuggerUrl(port, signal)
    if (url !== undefined) return { port, url }
  }
  return undefined
}

async function openInspector(
  pid: number,
  { others, signal }: { readonly others: ReadonlySet<number>; readonly signal: AbortSignal },
): Promise<Inspector> {
  process.kill(pid, 'SIGUSR1')
  for (;;) {
    const inspector = await findInspector(pid, signal, others)
    if (inspector !== undefined) return inspector
    await sleep(lookEveryMs, undefined, { signal })
  }
}

/** How long a process that runs JavaScript may take to close it. */
const closeMs = 1_000
const closing = `process.debugPort = 0; process.getBuiltinModule('node:inspector').close()`

/** Closes the inspector of a process, and its port, so that nobody else finds it. Does its best. */
export async function closeInspector(url: string): Promise<void> {
  const socket = new WebSocket(url)
  const closed = Promise.withResolvers<void>()
  const timer = setTimeout(() => socket.close(), closeMs)
  socket.addEventListener('open', () =>
    socket.send(
      JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression: closing } }),
    ),
  )
  socket.addEventListener('error', () => closed.resolve())
  socket.addEventListener('close', () => closed.resolve())
  await closed.promise
  clearTimeout(timer)
}

async function debuggerUrl(port: number, signal: AbortSignal): Promise<string | undefined> {
  try {
    const targets: unknown = JSON.parse(
      await readText(
        `http://127.0.0.1:${port}/json/list`,
        AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
      ),
    )
    const url: unknown = Array.isArray(targets) ? targets[0]?.webSocketDebuggerUrl : undefined
    return typeof url === 'string' && url.startsWith(`ws://127.0.0.1:${port}/`) ? url : undefined
  } catch {
    return undefined
  }
}

function readText(url: string, signal: AbortSignal): Promise<string> {
  // Not imported, because that would load undici (7 MB) long before it may be needed.
  const { get } = process.getBuiltinModule('node:http')
  return new Promise((resolve, reject) => {
    get(url, { agent: false, signal }, (answer) => void text(answer).then(resolve, reject)).on(
      'error',
      reject,
    )
  })
}

/** What the inspector says unasked: https://chromedevtools.github.io/devtools-protocol/v8/Debugger/ */
type Notice =
  | {
      readonly method: 'Debugger.scriptParsed'
      readonly params: { readonly scriptId: string; readonly url: string }
    }
  | {
      readonly method: 'Debugger.paused'
      readonly params: { readonly callFrames: readonly CallFrame[] }
    }
  | { readonly method?: undefined }

interface CallFrame {
  readonly functionName: string
  readonly location: {
    readonly scriptId: string
    readonly lineNumber: number
    readonly columnNumber?: number
  }
}

async function pauseAndRead(url: string, signal: AbortSignal): Promise<readonly StackFrame[]> {
  const socket = new WebSocket(url)
  const scripts = new Map<string, string>()
  try {
    return await new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('it does not run JavaScript')), {
        once: true,
      })
      socket.addEventListener('error', () =>
        reject(new Error('the inspector closed the connection')),
      )
      socket.addEventListener('open', () => {
        socket.send(JSON.stringify({ id: 1, method: 'Debugger.enable' }))
        socket.send(JSON.stringify({ id: 2, method: 'Debugger.pause' }))
      })
      socket.addEventListener('message', ({ data }) => {
        try {
          const frames = framesOf(JSON.parse(String(data)) as Notice, scripts)
          if (frames) resolve(frames)
        } catch {
          // It is the app's own server; and what is thrown in here would end the arbiter.
          reject(new Error('what listens there is no inspector'))
        }
      })
    })
  } finally {
    socket.close()
  }
}

/** The stack, if the notice has it; a notice that names a script is remembered in `scripts`. */
function framesOf(notice: Notice, scripts: Map<string, string>): readonly StackFrame[] | undefined {
  if (notice.method === 'Debugger.scriptParsed')
    scripts.set(notice.params.scriptId, notice.params.url)
  return notice.method === 'Debugger.paused'
    ? notice.params.callFrames.map((frame) => frameOf(frame, scripts))
    : undefined
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
