import { once } from 'node:events'
import type { Socket } from 'node:net'

import { expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'

import { describeReport, type FailedOutcome, startLoad, type WebSocketSpec } from '../src/index.ts'
import { acceptOf } from '../src/websocket-handshake.ts'
import { badServer } from './bad-server.ts'

const spec: WebSocketSpec = { kind: 'websocket', concurrency: 2, thinkMs: [1] }

it('talks to the echo of another implementation, and says goodbye when stopped', async () => {
  const closes: Promise<unknown[]>[] = []
  await using server = await echo((socket) => {
    socket.ping()
    socket.on('message', (data, binary) => socket.send(data, { binary }))
    closes.push(once(socket, 'close'))
  })
  await using run = startLoad({ target: server.target, clients: [spec] })
  await run.until(({ messages }) => messages >= 50)
  const report = await run.stop()
  expect(report.failures, describeReport(report)).toEqual([])
  expect(report).toMatchObject({ requests: 2, ok: 2, sendAgain: 0 })
  expect(report.endings).toEqual(new Map([['websocket closed here', 2]]))
  expect(report.messages).toBeGreaterThanOrEqual(50)
  expect((await Promise.all(closes)).map(([code]) => code)).toEqual([1000, 1000])
})

it('begins anew after so many messages', async () => {
  await using server = await echo((socket) =>
    socket.on('message', (data) => socket.send(String(data))),
  )
  await using run = startLoad({ target: server.target, clients: [{ ...spec, messages: 3 }] })
  await run.until(({ requests }) => requests >= 6)
  const report = await run.stop()
  expect(report.failures, describeReport(report)).toEqual([])
  expect(report.messages).toBeGreaterThanOrEqual(18)
})

it('understands fragments with a ping between them', async () => {
  await using server = await echo((socket) =>
    socket.on('message', (data) => {
      socket.send(String(data).slice(0, 3), { fin: false })
      socket.ping()
      socket.send(String(data).slice(3), { fin: true })
    }),
  )
  await using run = startLoad({ target: server.target, clients: [spec] })
  await run.until(({ messages }) => messages >= 6)
  expect((await run.stop()).failures).toEqual([])
})

it('takes being sent away with 1001 well, and counts a message without echo as to be sent again', async () => {
  await using server = await echo((socket) => socket.on('message', () => socket.close(1001)))
  await using run = startLoad({ target: server.target, clients: [spec] })
  await run.until(({ requests }) => requests >= 6)
  const report = await run.stop()
  expect(report.failures, describeReport(report)).toEqual([])
  expect(report.endings.get('websocket closed 1001')).toBeGreaterThanOrEqual(6)
  expect(report.sendAgain).toBe(report.endings.get('websocket closed 1001'))
})

it.each<[string, FailedOutcome, RegExp, (socket: WebSocket, raw: Socket) => unknown]>([
  [
    'an end without a close frame',
    'cut-short',
    /^FIN without a close frame, an echo was due$/,
    (_, raw) => raw.end(),
  ],
  ['a reset', 'cut-short', /^ECONNRESET without a close frame/, (_, raw) => raw.resetAndDestroy()],
  ['an error code', 'server-error', /^closed with 1011$/, (socket) => socket.close(1011)],
  ['a code for our faults', 'wrong-answer', /^closed with 1002$/, (socket) => socket.close(1002)],
  ['another message', 'wrong-answer', /^the message x came/, (socket) => socket.send('x')],
  [
    'bytes that are no frame',
    'wrong-answer',
    /^a frame of/,
    (_, raw) => raw.write(Buffer.alloc(9, 0xff)),
  ],
  ['silence', 'timeout', /^no echo within 60 ms$/, () => {}],
])('calls %s %s', async (_, outcome, detail, behave) => {
  await using server = await echo((socket, raw) => socket.on('message', () => behave(socket, raw)))
  const timeoutMs = outcome === 'timeout' ? 60 : 4000
  await using run = startLoad({ target: server.target, clients: [spec], timeoutMs })
  await run.until(({ failed }) => failed >= 4)
  const report = await run.stop()
  expect(report.outcomes[outcome], describeReport(report)).toBe(report.failed)
  for (const failure of report.failures) expect(failure.detail).toMatch(detail)
})

it.each<[string, FailedOutcome, RegExp, (key: string) => string]>([
  [
    'a 404',
    'wrong-answer',
    /^status 404$/,
    () => 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n',
  ],
  ['a 503', 'server-error', /^status 503$/, () => 'HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n'],
  ['a wrong key', 'wrong-answer', /^a wrong Sec-WebSocket-Accept$/, (key) => upgraded(`${key}x`)],
])('calls %s in the handshake %s', async (_, outcome, detail, answer) => {
  await using server = await badServer((socket, { text }) =>
    socket.write(answer(/^sec-websocket-key: (.*)$/im.exec(text)?.[1] ?? '')),
  )
  await using run = startLoad({ target: server.target, clients: [spec] })
  await run.until(({ failed }) => failed >= 2)
  const report = await run.stop()
  expect(report.outcomes[outcome], describeReport(report)).toBe(report.failed)
  for (const failure of report.failures) expect(failure.detail).toMatch(detail)
})

function upgraded(key: string): string {
  const head = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
  return `${head}Sec-WebSocket-Accept: ${acceptOf(key)}\r\n\r\n`
}

async function echo(behave: (socket: WebSocket, raw: Socket) => unknown) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (socket, request) =>
    behave(
      socket.on('error', () => {}),
      request.socket,
    ),
  )
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return {
    target: { host: '127.0.0.1', port },
    async [Symbol.asyncDispose]() {
      for (const socket of server.clients) socket.terminate()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
