import type { Load } from './ask.ts'
import type { ClientKind, ClientSpec } from './clients.ts'
import { connectionPerRequest } from './kinds/connection-per-request.ts'
import { fixedRate } from './kinds/fixed-rate.ts'
import { halfHead } from './kinds/half-head.ts'
import { keepAlive } from './kinds/keep-alive.ts'
import { openLoop } from './kinds/open-loop.ts'
import { pipelining } from './kinds/pipelining.ts'
import { serverSentEvents } from './kinds/server-sent-events.ts'
import { slowRead } from './kinds/slow-read.ts'
import { upload } from './kinds/upload.ts'
import { webSocket } from './kinds/websocket.ts'

/** Resolves when the clients have stopped and what they had in flight has ended. */
export function runClients(shared: Load, spec: ClientSpec): Promise<unknown> {
  const load = onErrand(shared, spec)
  switch (spec.kind) {
    case 'connection-per-request':
      return crowd(spec.concurrency, () => connectionPerRequest(load))
    case 'keep-alive':
      return crowd(spec.concurrency, (index) => keepAlive(load, spec, index))
    case 'open-loop':
      return openLoop(load, spec)
    case 'fixed-rate':
      return fixedRate(load, spec)
    case 'pipelining':
      return crowd(spec.concurrency, () => pipelining(load, spec))
    case 'upload':
      return crowd(spec.concurrency, () => upload(load, spec))
    case 'slow-read':
      return crowd(spec.concurrency, () => slowRead(load, spec))
    case 'half-head':
      return crowd(spec.concurrency, () => halfHead(load, spec))
    case 'server-sent-events':
      return crowd(spec.concurrency, () => serverSentEvents(load, spec))
    case 'websocket':
      return crowd(spec.concurrency, (index) => webSocket(load, spec, index))
  }
}

function onErrand(load: Load, spec: ClientSpec): Load {
  const request = spec.request ?? load.request
  return {
    ...load,
    request: typeof request === 'function' ? request : () => request,
    expect: spec.expect ?? (OTHER_ANSWERS.has(spec.kind) ? () => undefined : load.expect),
  }
}

/** Whose answers are not what the others get. */
const OTHER_ANSWERS: ReadonlySet<ClientKind> = new Set([
  'upload',
  'slow-read',
  'server-sent-events',
])

function crowd(size: number, client: (index: number) => Promise<void>): Promise<unknown> {
  return Promise.all(Array.from({ length: size }, (_, index) => client(index)))
}
