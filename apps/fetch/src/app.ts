import { setTimeout as sleep } from 'node:timers/promises'

import type { FetchContext } from '@nunicorn/worker-fetch'

export default {
  async fetch(request: Request, { waitUntil }: FetchContext): Promise<Response> {
    switch (new URL(request.url).pathname) {
      // Which worker answered.
      case '/':
        return Response.json({ worker: Number(process.env['NUNICORN_WORKER']), pid: process.pid })
      // Answers at once and goes on working; a reload waits for the work.
      case '/jobs': {
        const job: unknown = await request.json()
        waitUntil(sleep(500).then(() => console.log('done:', job)))
        return Response.json({ accepted: job }, { status: 202 })
      }
      // The time, every second, until the client leaves.
      case '/time':
        return new Response(ReadableStream.from(ticks(request.signal)), {
          headers: { 'content-type': 'text/event-stream' },
        })
      // The body comes back in capitals, as it comes.
      case '/shout':
        return new Response(request.body && shout(request.body))
      default:
        return Response.json({ error: 'not found' }, { status: 404 })
    }
  },
}

async function* ticks(signal: AbortSignal): AsyncGenerator<Uint8Array> {
  while (!signal.aborted) {
    yield Buffer.from(`event: time\ndata: ${new Date().toISOString()}\n\n`)
    await sleep(1_000)
  }
}

function shout(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const upperCase = new TransformStream<string, string>({
    transform: (text, output) => output.enqueue(text.toUpperCase()),
  })
  return body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(upperCase)
    .pipeThrough(new TextEncoderStream())
}
