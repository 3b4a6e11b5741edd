import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

import type { TestWorker } from '@nunicorn/testing'

/** `ws://127.0.0.1:40123/ws`; without a scheme, for HTTP. */
export function urlOf(worker: TestWorker, path: string, scheme = 'http'): string {
  return `${scheme}://127.0.0.1:${portOf(worker)}${path}`
}

/** Sends the lines of a request's head; resolves with all that comes until the server closes. */
export async function ask(worker: TestWorker, lines: readonly string[]): Promise<string> {
  const socket = connect(portOf(worker), '127.0.0.1')
  await once(socket, 'connect')
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  return await text(socket)
}

/** What a response's body brings, one chunk at each call. */
export function chunksOf({ body }: Response): () => Promise<string> {
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader()
  return async () => (await reader.read()).value ?? ''
}

function portOf(worker: TestWorker): number {
  const [address] = worker.addresses()
  return (address as { port: number }).port
}
