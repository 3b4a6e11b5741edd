import { EventEmitter, once } from 'node:events'
import { get, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { text } from 'node:stream/consumers'

import { startTestWorker, type TestWorker } from '@nunicorn/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { answerHalfClosed } from '../src/half-close.ts'
import { httpClass } from '../src/index.ts'
import { openSocket } from './ask.ts'

/** An app that answers when the test lets it, and tells whose answers have closed before that. */
function pausingApp({ first = '' } = {}) {
  const arrived = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<{ readonly finished: boolean }>()
  const app: RequestListener = (_request, response) => {
    response.on('close', () => closed.resolve({ finished: response.writableFinished }))
    if (first) response.write(first)
    arrived.resolve()
    void goOn.promise.then(() => response.end('last'))
  }
  return { app, arrived: arrived.promise, goOn: goOn.resolve, closed: closed.promise }
}

async function ask(worker: TestWorker): Promise<IncomingMessage> {
  const [address] = worker.addresses()
  const { port } = address as { port: number }
  const [answer] = await once(get({ port, host: '127.0.0.1', agent: false }), 'response')
  return answer as IncomingMessage
}

describe('a client that closes its side', () => {
  it('in the middle of the answer gets the rest, with nothing added', async () => {
    const { app, goOn } = pausingApp({ first: 'first, ' })
    await using worker = await startTestWorker(httpClass, { app })
    const answer = await ask(worker)
    const [first] = (await once(answer, 'data')) as [Buffer]
    answer.socket.end()
    // By then the server has seen the end of its input.
    const other = await openSocket(worker)
    other.end()
    await once(other, 'close')
    goOn()
    expect(`${first.toString()}${await text(answer)}`).toBe('first, last')
  })

  it('while its HTTP/1.0 request is answered gets no interim answer', async () => {
    const { app, arrived, goOn } = pausingApp()
    await using worker = await startTestWorker(httpClass, { app })
    const socket = await openSocket(worker)
    socket.end('GET / HTTP/1.0\r\n\r\n')
    await arrived
    const other = await openSocket(worker)
    other.end()
    await once(other, 'close')
    goOn()
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 [^]*last$/)
  })
})

describe('an app learns that a client has closed its socket', () => {
  it.each([
    { when: 'before the answer has begun', first: '' },
    { when: 'in the middle of it', first: 'first, ' },
  ])('$when, without writing anything', async ({ first }) => {
    const { app, arrived, closed } = pausingApp({ first })
    await using worker = await startTestWorker(httpClass, { app })
    const socket = await openSocket(worker)
    socket.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n')
    await (first === '' ? arrived : once(socket, 'data'))
    socket.destroy()
    expect(await closed).toEqual({ finished: false })
  })
})

describe('while a half-closed client waits for the rest of a long answer', () => {
  afterEach(() => void vi.useRealTimers())

  /** As many writes as a minute brings, the question among them. */
  function writesInAMinute({ writableLength }: { readonly writableLength: number }): number {
    vi.useFakeTimers()
    const answer = Object.assign(new EventEmitter(), {
      req: { httpVersion: '1.1', method: 'GET' },
      _headerSent: true,
      chunkedEncoding: true,
    })
    const write = vi.fn<(text: string) => void>()
    const state = { writable: true, writableLength, write, _httpMessage: answer }
    const socket = Object.assign(new EventEmitter(), state)
    const server = new EventEmitter() as Server
    answerHalfClosed(server)
    server.emit('connection', socket)
    socket.emit('end')
    vi.advanceTimersByTime(60_000)
    answer.emit('close')
    expect(vi.getTimerCount()).toBe(0)
    return write.mock.calls.length
  }

  it('looks less and less often whether it is still there', () => {
    const writes = writesInAMinute({ writableLength: 0 })
    expect(writes).toBeGreaterThan(5)
    expect(writes).toBeLessThan(20)
  })

  it('piles nothing up behind what it does not take', () => {
    expect(writesInAMinute({ writableLength: 1 })).toBe(1)
  })
})
