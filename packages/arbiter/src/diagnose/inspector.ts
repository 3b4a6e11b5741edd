import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

import { openDebugSocket } from './debug-socket.ts'
import { type Paused, pauseAndRead } from './paused.ts'
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
 * The JavaScript stack of a process whose event loop is blocked, and its requests in flight: SIGUSR1 makes Node open its inspector, on a thread of its
 * own, which can pause the main thread in the middle of an endless loop.
 *
 * @throws Error saying why there is none; aborts with `signal`.
 */
export async function captureStack(pid: number, signal: AbortSignal): Promise<Paused> {
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
  const closed = Promise.withResolvers<void>()
  const socket = openDebugSocket(url, {
    onOpen: () =>
      socket.send({ id: 1, method: 'Runtime.evaluate', params: { expression: closing } }),
    onMessage() {},
    onEnd: closed.resolve,
  })
  const timer = setTimeout(() => socket.close(), closeMs)
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
