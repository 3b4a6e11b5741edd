import { chunksOf, startTestWorker, urlOf } from '@nunicorn/testing'
import { describe, expect, it } from 'vitest'

import { fetchClass, type FetchHandler } from '../src/index.ts'

describe('a body', () => {
  it('comes in and goes out chunk by chunk, in one request', async () => {
    const shout = (): TransformStream<string, string> =>
      new TransformStream({ transform: (text, out) => out.enqueue(text.toUpperCase()) })
    const app: FetchHandler = ({ body }) =>
      new Response(
        body!
          .pipeThrough(new TextDecoderStream())
          .pipeThrough(shout())
          .pipeThrough(new TextEncoderStream()),
      )
    await using worker = await startTestWorker(fetchClass, { app })
    const { readable, writable } = new TextEncoderStream()
    const writer = writable.getWriter()
    const first = writer.write('first')
    const response = await fetch(urlOf(worker, '/'), {
      method: 'POST',
      body: readable,
      duplex: 'half',
    })
    const chunk = chunksOf(response)
    expect(await chunk()).toBe('FIRST')
    await Promise.all([first, writer.write('second')])
    expect(await chunk()).toBe('SECOND')
    await writer.close()
    expect(await chunk()).toBe('')
  })
})

describe('a client that goes away', () => {
  it('aborts the signal of a request that is not answered yet', async () => {
    const begun = Promise.withResolvers<void>()
    const aborted = Promise.withResolvers<void>()
    const app: FetchHandler = async ({ signal }) => {
      signal.addEventListener('abort', () => aborted.resolve())
      begun.resolve()
      await aborted.promise
      return new Response('too late')
    }
    await using worker = await startTestWorker(fetchClass, { app })
    const client = new AbortController()
    const answer = fetch(urlOf(worker, '/'), { signal: client.signal })
    await begun.promise
    client.abort()
    await expect(answer).rejects.toThrow('aborted')
    await aborted.promise
    expect(worker.logged).toEqual([])
  })

  it('aborts the signal in the middle of an answer, and cancels its stream', async () => {
    const aborted = Promise.withResolvers<void>()
    const cancelled = Promise.withResolvers<void>()
    const app: FetchHandler = ({ signal }) => {
      signal.addEventListener('abort', () => aborted.resolve())
      return new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(Buffer.from('first')),
          cancel: () => cancelled.resolve(),
        }),
      )
    }
    await using worker = await startTestWorker(fetchClass, { app })
    const client = new AbortController()
    const chunk = chunksOf(await fetch(urlOf(worker, '/'), { signal: client.signal }))
    expect(await chunk()).toBe('first')
    client.abort()
    await Promise.all([aborted.promise, cancelled.promise])
    expect(worker.logged).toEqual([])
  })

  it('fails the body that it was sending', async () => {
    const begun = Promise.withResolvers<void>()
    const failed = Promise.withResolvers<unknown>()
    const app: FetchHandler = async (request) => {
      begun.resolve()
      await request.text().catch(failed.resolve)
      return new Response('too late')
    }
    await using worker = await startTestWorker(fetchClass, { app })
    const client = new AbortController()
    const { readable, writable } = new TextEncoderStream()
    void writable.getWriter().write('the first half of it')
    const answer = fetch(urlOf(worker, '/'), {
      method: 'POST',
      body: readable,
      duplex: 'half',
      signal: client.signal,
    })
    await begun.promise
    client.abort()
    await expect(answer).rejects.toThrow('aborted')
    expect(await failed.promise).toBeInstanceOf(Error)
  })
})
