import { once } from 'node:events'
import { createServer } from 'node:net'
import { setImmediate as turnOfTheLoop } from 'node:timers/promises'

import { describe, expect, it } from 'vitest'

import {
  describeReport,
  type FailedOutcome,
  type LoadOptions,
  type Outcome,
  type Report,
  startLoad,
  type Target,
} from '../src/index.ts'
import { answerText, badServer, type Behaviour, listen } from './bad-server.ts'

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'

interface BadBehaviour {
  readonly what: string
  readonly outcome: FailedOutcome
  readonly detail: RegExp
  readonly bytes: number
  readonly behave: Behaviour
}

const reset = /^ECONNRESET$/
const fin = /^FIN$/

const badBehaviours: readonly BadBehaviour[] = [
  {
    what: 'a reset instead of an answer',
    outcome: 'reset-before-bytes',
    detail: reset,
    bytes: 0,
    behave: (socket) => socket.resetAndDestroy(),
  },
  {
    what: 'a FIN instead of an answer',
    outcome: 'closed-unanswered',
    detail: fin,
    bytes: 0,
    behave: (socket) => socket.end(),
  },
  cut('a FIN within the head', 'HTTP/1.1 200 OK\r\nConten'),
  cut('a FIN within a body of known length', answerText('abc').slice(0, -1)),
  cut('a FIN within a chunk', `${CHUNKED}5\r\nabc`),
  cut('a FIN instead of the last chunk', `${CHUNKED}3\r\nabc\r\n`),
  cut('a FIN after 100 Continue', 'HTTP/1.1 100 Continue\r\n\r\n'),
  cutByReset('a reset after the first byte', 'H'),
  cutByReset('a reset that ends a body without length', 'HTTP/1.1 200 OK\r\n\r\nabc'),
  said('silence', 'timeout', /within \d+ ms$/, ''),
  said('an answer that stalls', 'timeout', /within \d+ ms$/, answerText('abc').slice(0, -1)),
  said('a 500', 'server-error', /^status 500$/, withStatus('500 Oops')),
  said('a 503', 'server-error', /^status 503$/, withStatus('503 Busy')),
  said('a 404', 'wrong-answer', /^status 404$/, withStatus('404 Not Found')),
  said('a redirection', 'wrong-answer', /^status 302$/, withStatus('302 Found')),
  said('another protocol', 'wrong-answer', /^not HTTP\/1: "SSH-2.0"$/, 'SSH-2.0-x\r\n'),
  {
    ...said('two answers', 'wrong-answer', /^\d+ bytes more/, answerText('abc').repeat(2)),
    bytes: answerText('abc').length,
  },
  said("another request's answer", 'wrong-answer', /nobody$/, answerText('', 'X-Id: nobody')),
]

const kinds = ['connection-per-request', 'keep-alive'] as const

describe.each(kinds)('a %s client', (kind) => {
  const clients = [{ kind, concurrency: 2 }]

  it.each(badBehaviours)('calls $what $outcome', async ({ behave, outcome, detail, bytes }) => {
    await using server = await badServer(behave)
    const timeoutMs = outcome === 'timeout' ? 50 : 4000
    const report = await loadUntil(6, { target: server.target, clients, timeoutMs })
    expectOnly(outcome, report)
    for (const failure of report.failures) {
      expect(failure).toMatchObject({ detail: expect.stringMatching(detail), bytesReceived: bytes })
      expect(failure.localPort).toBeGreaterThan(0)
      expect(failure.failedMs).toBeGreaterThanOrEqual(failure.sentMs)
    }
  })

  it('calls a port on which nobody listens refused', async () => {
    const server = createServer()
    const port = await listen(server)
    server.close()
    await once(server, 'close')
    const report = await loadUntil(6, { target: { host: '127.0.0.1', port }, clients })
    expectOnly('refused', report)
    expect(report.failures[0]).toMatchObject({
      detail: 'connect: ECONNREFUSED',
      localPort: undefined,
    })
  })

  it('calls a Unix socket that is not there refused', async () => {
    expectOnly('refused', await loadUntil(6, { target: { path: '/nowhere/to.sock' }, clients }))
  })

  it('calls an answer wrong that the caller finds wrong, and says why', async () => {
    await using server = await badServer((socket, { id }) => socket.write(answerText(id.slice(1))))
    const { target } = server
    const expectId: LoadOptions['expect'] = ({ body }, id) =>
      String(body) === id ? undefined : `not ${id}`
    const report = await loadUntil(6, { target, clients, expect: expectId })
    expectOnly('wrong-answer', report)
    for (const { detail, id } of report.failures) expect(detail).toBe(`not ${id}`)
  })

  it('accepts an answer that comes byte by byte', async () => {
    await using server = await badServer(async (socket) => {
      for (const byte of `${CHUNKED}3\r\nabc\r\n0\r\n\r\n`) {
        socket.write(byte)
        await turnOfTheLoop()
      }
    })
    const expectBody: LoadOptions['expect'] = ({ body }) =>
      String(body) === 'abc' ? undefined : String(body)
    expectOnly('ok', await loadUntil(6, { target: server.target, clients, expect: expectBody }))
  })

  it('reads bodies that end with FIN', async () => {
    await using server = await badServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nabc'))
    const expectBody: LoadOptions['expect'] = ({ body }) =>
      String(body) === 'abc' ? undefined : String(body)
    expectOnly('ok', await loadUntil(6, { target: server.target, clients, expect: expectBody }))
  })
})

it('calls a connection that cannot be opened for want of an address an error of the client', async () => {
  const target: Target = { host: '255.255.255.255', port: 1 }
  expectOnly(
    'client-error',
    await loadUntil(2, { target, clients: [{ kind: 'keep-alive', concurrency: 1 }] }),
  )
})

it('never asks twice for one id', async () => {
  const ids: string[] = []
  await using server = await badServer((socket, { id, count }) => {
    ids.push(id)
    if (count % 2 === 0) socket.resetAndDestroy()
    else socket.write(answerText('abc'))
  })
  const report = await loadUntil(50, {
    target: server.target,
    clients: [{ kind: 'keep-alive', concurrency: 3 }],
  })
  expect(report.outcomes['reset-before-bytes']).toBeGreaterThan(0)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids).toHaveLength(report.requests)
})

async function loadUntil(requests: number, options: LoadOptions): Promise<Report> {
  await using run = startLoad(options)
  await run.until((progress) => progress.requests >= requests)
  return run.stop()
}

function expectOnly(outcome: Outcome, report: Report): void {
  expect(report.requests).toBeGreaterThan(0)
  expect(report.outcomes[outcome], describeReport(report)).toBe(report.requests)
  expect(report.inFlight).toBe(0)
}

function said(what: string, outcome: FailedOutcome, detail: RegExp, text: string): BadBehaviour {
  return { what, outcome, detail, bytes: text.length, behave: (socket) => void socket.write(text) }
}

function cut(what: string, text: string): BadBehaviour {
  return { ...said(what, 'cut-short', fin, text), behave: (socket) => void socket.end(text) }
}

function cutByReset(what: string, text: string): BadBehaviour {
  const behave: Behaviour = async (socket) => {
    socket.write(text)
    // Until this process, which is the client too, has read it: libuv takes a RST right behind data for a FIN.
    for (let turn = 0; turn < 3; turn++) await turnOfTheLoop()
    socket.resetAndDestroy()
  }
  return { ...said(what, 'cut-short', reset, text), behave }
}

function withStatus(status: string): string {
  return answerText('no').replace('200 OK', status)
}
