import { once } from 'node:events'
import type { ClientRequest } from 'node:http'
import { text } from 'node:stream/consumers'

import { expect, it } from 'vitest'

import { createClient, openSocket, responseTo } from '../client.ts'
import { demand } from '../demand.ts'
import type { Suite } from '../test-worker-class.ts'
import { within } from '../within.ts'

const chunk = Buffer.alloc(1024 * 1024, 'x')
const megabytes = 100
/** What fits into the buffers of two sockets and a few streams, generously. */
const mostUnderwayMb = 50

export function bodyCases({ start }: Suite): void {
  it('streams a body of 100 MB both ways without holding it', async () => {
    await using worker = await start()
    using client = createClient(worker)
    const pumped = pump(client.post('/echo'))
    const { receivedMb, underwayMb } = await demand('a body of 100 MB must come back', pumped)
    expect(receivedMb, 'all that was sent to /echo must come back').toBe(megabytes)
    const why =
      'the class must pass a body on as it comes; so many MB were sent before they came back'
    expect(underwayMb, why).toBeLessThan(mostUnderwayMb)
  })

  it('sends no body with HEAD, 204 and 304', async () => {
    await using worker = await start()
    const socket = await openSocket(worker)
    const requests = ['HEAD /ok', 'GET /empty?status=204', 'GET /empty?status=304', 'GET /ok']
    for (const line of requests) {
      const last = line === requests.at(-1)
      socket.write(`${line} HTTP/1.1\r\nHost: test\r\n${last ? 'Connection: close\r\n' : ''}\r\n`)
    }
    const answers = await within(
      text(socket),
      `answers to ${requests.join(', ')} on one connection`,
    )
    const [head, noContent, notModified, ok, body] = answers.split('\r\n\r\n')
    const why =
      'each of these must end with its head, or the next answer on the connection is misread'
    expect([head, noContent, notModified, ok].map(statusOf), why).toEqual([
      '200',
      '204',
      '304',
      '200',
    ])
    expect(body, 'the body of the last answer must arrive').toContain('ok')
    const framing = /^(content-length|transfer-encoding):/im
    expect(
      noContent,
      'a 204 must say nothing about a body (RFC 9110 8.6, RFC 9112 6.1)',
    ).not.toMatch(framing)
  })
}

interface Pumped {
  readonly receivedMb: number
  /** The most that had been sent and had not come back yet. */
  readonly underwayMb: number
}

async function pump(sent: ClientRequest): Promise<Pumped> {
  let received = 0
  let underway = 0
  const echoed = receive()

  async function receive(): Promise<void> {
    for await (const part of await responseTo(sent)) received += (part as Buffer).length
  }

  async function send(): Promise<void> {
    for (let count = 1; count <= megabytes; count += 1) {
      if (!sent.write(chunk))
        await within(once(sent, 'drain'), 'POST /echo to take more of its body')
      underway = Math.max(underway, count * chunk.length - received)
    }
    sent.end()
  }

  await Promise.all([send(), echoed])
  return { receivedMb: received / chunk.length, underwayMb: underway / chunk.length }
}

function statusOf(answer: string | undefined): string | undefined {
  return /^HTTP\/1\.1 (\d+)/.exec(answer ?? '')?.[1]
}
