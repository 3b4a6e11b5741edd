import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { createServer as createNetServer } from 'node:net'

import { expect, it } from 'vitest'

import { openConnection, RequestError } from '../src/index.ts'
import { answerText, badServer, listen } from './bad-server.ts'

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

it('reads the answers to pipelined requests one after the other', async () => {
  await using server = await badServer((socket, { countHere }) =>
    socket.write(answerText(`${countHere}`)),
  )
  await using connection = await openConnection(server.target)
  await connection.send(GET.repeat(3))
  for (const expected of ['1', '2', '3'])
    expect(String((await connection.readAnswer()).body)).toBe(expected)
  expect(connection.unreadBytes).toBe(0)
})

it('sends half a head, and the rest later', async () => {
  await using server = await badServer((socket) => socket.write(answerText('whole')))
  await using connection = await openConnection(server.target)
  await connection.send(GET.slice(0, 9))
  await expect(connection.readAnswer({ timeoutMs: 20 })).rejects.toMatchObject({
    outcome: 'timeout',
  })
  await connection.send(GET.slice(9))
  expect(String((await connection.readAnswer()).body)).toBe('whole')
})

it('uploads slowly, half-closes, and still reads the answer', async () => {
  const server = createServer(async (request, response) => {
    const hash = createHash('sha256')
    for await (const chunk of request) hash.update(chunk as Buffer)
    response.end(hash.digest('hex'))
  })
  // node:http would otherwise end its side with ours (it sets allowHalfOpen, and httpAllowHalfOpen is what counts).
  Object.assign(server, { httpAllowHalfOpen: true })
  const port = await listen(server)
  const connection = await openConnection({ host: '127.0.0.1', port })
  try {
    const part = Buffer.alloc(100_000, 'x')
    await connection.send(
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${5 * part.length}\r\n\r\n`,
    )
    for (let sent = 0; sent < 5; sent++) await connection.send(part)
    connection.end()
    const { body } = await connection.readAnswer()
    expect(String(body)).toBe(createHash('sha256').update(Buffer.alloc(500_000, 'x')).digest('hex'))
  } finally {
    await connection.close()
    server.close()
  }
})

it('tells by which side and how it was ended', async () => {
  await using server = await badServer((socket, { text }) =>
    text.startsWith('GET /fin') ? socket.end() : socket.resetAndDestroy(),
  )
  await using finished = await openConnection(server.target)
  await using reset = await openConnection(server.target)
  await using closed = await openConnection(server.target)
  expect(finished.ending).toBeUndefined()
  await finished.send(GET.replace('/', '/fin'))
  await reset.send(GET)
  await closed.close()
  expect(await Promise.all([finished.closed, reset.closed, closed.closed])).toEqual([
    'fin',
    'reset',
    'closed-here',
  ])
  expect([finished.ending, reset.ending, closed.ending]).toEqual(['fin', 'reset', 'closed-here'])
})

it('reads an answer that had come before the connection ended', async () => {
  await using server = await badServer((socket) => socket.end(answerText('abc')))
  await using connection = await openConnection(server.target)
  await connection.send(GET)
  expect(await connection.closed).toBe('fin')
  expect(connection.unreadBytes).toBe(answerText('abc').length)
  expect(String((await connection.readAnswer()).body)).toBe('abc')
  await expect(connection.readAnswer()).rejects.toMatchObject({ outcome: 'closed-unanswered' })
})

it('knows the port by which the server knows it, even after its end', async () => {
  let seen: number | undefined
  await using server = await badServer((socket) => {
    seen = socket.remotePort
    socket.resetAndDestroy()
  })
  await using connection = await openConnection(server.target)
  await connection.send(GET)
  await connection.closed
  expect(connection.localPort).toBe(seen)
})

it('resets the connection when told to', async () => {
  const failed = Promise.withResolvers<unknown>()
  const server = createNetServer((socket) => socket.resume().on('error', failed.resolve))
  const connection = await openConnection({ host: '127.0.0.1', port: await listen(server) })
  connection.reset()
  server.close()
  expect(await failed.promise).toMatchObject({ code: 'ECONNRESET' })
  expect(await connection.closed).toBe('closed-here')
})

it('rejects when nobody listens', async () => {
  const opening = openConnection({ path: '/nowhere/to.sock' })
  await expect(opening).rejects.toThrow(RequestError)
  await expect(opening).rejects.toMatchObject({ outcome: 'refused' })
})

it('rejects a second reader, and the first one when closed here', async () => {
  await using server = await badServer(() => {})
  await using connection = await openConnection(server.target)
  const reading = connection.readAnswer()
  expect(() => connection.readAnswer()).toThrow('another answer is being read')
  void connection.close()
  await expect(reading).rejects.toMatchObject({ outcome: 'client-error', message: 'closed here' })
})
