import { chunksOf, startTestWorker, urlOf } from '@nunicorn/testing'
import { Hono } from 'hono'
import { stream, streamSSE } from 'hono/streaming'
import { describe, expect, it } from 'vitest'

import { honoClass } from '../src/index.ts'

describe('stream()', () => {
  it('sends a chunk before the next one is there', async () => {
    const firstArrived = Promise.withResolvers<void>()
    const app = new Hono().get('/', (c) =>
      stream(c, async (stream) => {
        await stream.write('first')
        await firstArrived.promise
        await stream.write('second')
      }),
    )
    await using worker = await startTestWorker(honoClass, { app })
    const chunk = chunksOf(await fetch(urlOf(worker, '/')))
    expect(await chunk()).toBe('first')
    firstArrived.resolve()
    expect(await chunk()).toBe('second')
    expect(await chunk()).toBe('')
  })

  it('hears in onAbort() and in the signal that the client has gone', async () => {
    const heard = { onAbort: Promise.withResolvers<void>(), signal: Promise.withResolvers<void>() }
    const app = new Hono().get('/', (c) => {
      c.req.raw.signal.addEventListener('abort', () => heard.signal.resolve())
      return stream(c, async (stream) => {
        stream.onAbort(heard.onAbort.resolve)
        await stream.write('first')
        await heard.onAbort.promise
      })
    })
    await using worker = await startTestWorker(honoClass, { app })
    const client = new AbortController()
    const chunk = chunksOf(await fetch(urlOf(worker, '/'), { signal: client.signal }))
    expect(await chunk()).toBe('first')
    client.abort()
    await Promise.all([heard.onAbort.promise, heard.signal.promise])
    expect(worker.logged).toEqual([])
  })
})

describe('streamSSE()', () => {
  it('sends each event as it comes', async () => {
    const { app, source } = clock()
    await using worker = await startTestWorker(honoClass, { app })
    const response = await fetch(urlOf(worker, '/'))
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const chunk = chunksOf(response)
    for (const tick of ['1', '2']) {
      source.dispatchEvent(new MessageEvent('tick', { data: tick }))
      expect(await chunk()).toBe(`event: tick\ndata: ${tick}\n\n`)
    }
  })

  it('ends at the deadline of a drain, as the app itself would end it', async () => {
    const { app, source } = clock()
    await using worker = await startTestWorker(honoClass, { app })
    const chunk = chunksOf(await fetch(urlOf(worker, '/')))
    source.dispatchEvent(new MessageEvent('tick', { data: '1' }))
    expect(await chunk()).toContain('data: 1')
    const { cut } = await worker.drain(AbortSignal.abort())
    expect(await chunk()).toBe('')
    expect(cut).toMatchObject([{ kind: 'event-stream', what: 'GET /' }])
  })
})

/** An app that streams the ticks of `source` for as long as a client listens. */
function clock(): { readonly app: Hono; readonly source: EventTarget } {
  const source = new EventTarget()
  const app = new Hono().get('/', (c) =>
    streamSSE(c, async (stream) => {
      const { promise: left, resolve } = Promise.withResolvers<void>()
      stream.onAbort(resolve)
      source.addEventListener('tick', ({ type, data }: MessageEventInit & Event) => {
        void stream.writeSSE({ event: type, data: String(data) })
      })
      await left
    }),
  )
  return { app, source }
}
