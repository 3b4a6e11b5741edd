import type { ServerResponse } from 'node:http'

import type { Sweep } from './sweeps.ts'

/** Not imported: see http-class.ts. */
const { prototype } = process.getBuiltinModule('node:http').ServerResponse
const body = 'Service Unavailable\n'

/**
 * Answers for an app that has not begun its answer in time. Only the request is given up: what the app does with the answer
 * later is discarded.
 */
export function createAnswerDeadline(timeoutMs: number, note: (line: string) => void): Sweep {
  return (connections, now) => {
    for (const { exchanges } of connections) {
      const [first] = exchanges
      if (!first || now - first.startedAt < timeoutMs) continue
      const { answer } = first
      if (answer.headersSent || answer.destroyed) continue
      const { method, url, complete } = answer.req
      const meanwhile = complete ? '' : ', and the request had not come whole'
      note(
        `Gave up on ${method} ${url} with a 503: the app had not begun its answer after ${timeoutMs / 1_000} s (request-timeout)${meanwhile}.`,
      )
      first.doom = 'timed-out'
      giveUp(answer)
    }
  }
}

/** By Node's own methods: those that middleware has put in their place may wait for what the app waits for. */
function giveUp(answer: ServerResponse): void {
  for (const name of prototype.getHeaderNames.call(answer))
    prototype.removeHeader.call(answer, name)
  prototype.writeHead.call(answer, 503, {
    Connection: 'close',
    'Content-Type': 'text/plain',
    'Content-Length': body.length,
  })
  Reflect.apply(prototype.end, answer, [body])
  Object.assign(answer, discarding)
  answer.on('error', () => {})
}

/** To write to an answer that has ended would be an error, for which an app that comes too late has no ear. */
const discarding = {
  setHeader: discard,
  setHeaders: discard,
  appendHeader: discard,
  removeHeader: discard,
  writeHead: discard,
  writeContinue: discard,
  writeProcessing: discard,
  writeEarlyHints: discard,
  flushHeaders: discard,
  addTrailers: discard,
  end: discard,
  write(...args: readonly unknown[]): boolean {
    discard.call(this, ...args)
    return true
  },
}

/** Who waits for the end of a write must not wait for ever. */
function discard(this: unknown, ...args: readonly unknown[]): unknown {
  const last = args.at(-1)
  if (typeof last === 'function') process.nextTick(() => last())
  return this
}
