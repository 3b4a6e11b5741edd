import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, createServer, request } from 'node:https'
import type { ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'

import { expect, it } from 'vitest'

import { listen, noDeadline, until } from './tracked-server.ts'

const tls = {
  key: readFileSync(new URL('fixtures/localhost.key.pem', import.meta.url)),
  cert: readFileSync(new URL('fixtures/localhost.cert.pem', import.meta.url)),
}

it('drains an HTTPS server', async () => {
  const held: ServerResponse[] = []
  await using site = await listen(createServer(tls, (_, answer) => held.push(answer)))
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false })
  const answered = once(request({ port: site.port, host: '127.0.0.1', agent }).end(), 'response')
  await until(() => held.length === 1)
  expect(site.tracker.stats()).toEqual({ requests: 1, inFlight: 1, connections: 1, kept: 0 })
  const drained = site.tracker.drain(noDeadline())
  held[0]!.end('late')
  const [response] = await answered
  expect(response.headers.connection).toBe('close')
  expect(await text(response)).toBe('late')
  expect(await drained).toEqual({ cut: [] })
  agent.destroy()
})

it('ends event streams cleanly at the deadline, also under TLS', async () => {
  const server = createServer(tls, (_, answer) => {
    answer.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n')
  })
  await using site = await listen(server)
  const [response] = await once(
    request({ port: site.port, host: '127.0.0.1', rejectUnauthorized: false, agent: false }).end(),
    'response',
  )
  await once(response, 'data')
  const ended = once(response, 'end')
  const { cut } = await site.tracker.drain(AbortSignal.abort())
  expect(cut).toMatchObject([{ kind: 'event-stream', method: 'GET', url: '/' }])
  await ended
  expect(response.complete).toBe(true)
})
