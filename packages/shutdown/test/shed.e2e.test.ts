import { createServer, type ServerResponse } from 'node:http'

import { describe, expect, it } from 'vitest'

import { get, type RawClient, rawClient } from './raw-client.ts'
import { listen, until } from './tracked-server.ts'

/** A server that answers `/held` when told, `/events` for ever, everything else at once, `/stubborn` with its own header. */
async function start() {
  const held: ServerResponse[] = []
  const server = createServer((request, answer) => {
    if (request.url === '/held') held.push(answer)
    else if (request.url === '/events') {
      answer.writeHead(200, { 'content-type': 'text/event-stream' })
      answer.write('data: 1\n\n')
    } else {
      if (request.url === '/stubborn') answer.setHeader('Connection', 'keep-alive')
      answer.end('done')
    }
  })
  return { held, ...(await listen(server)) }
}

async function ask(client: RawClient, path: string): Promise<string> {
  client.received = ''
  client.send(get(path))
  return await client.receive('done')
}

/** A client whose connection has carried two requests. */
async function keptClient(port: number): Promise<RawClient> {
  const client = await rawClient(port)
  await ask(client, '/1')
  await ask(client, '/2')
  return client
}

describe('shed', () => {
  it('ends so many kept connections, each with its next answer, and no other', async () => {
    await using site = await start()
    await using first = await keptClient(site.port)
    await using second = await keptClient(site.port)
    site.tracker.shed(1)
    // Idle, it stays as it was promised; only the next answer says that it is the last.
    expect(site.tracker.stats()).toMatchObject({ connections: 2, kept: 2 })
    const answers = [await ask(first, '/3'), await ask(second, '/3')]
    expect(answers.filter((answer) => answer.includes('Connection: close'))).toHaveLength(1)
    await until(() => site.tracker.stats().connections === 1)
    expect(site.tracker.stats().kept).toBe(1)
    const ended = answers[0]?.includes('Connection: close') ? first : second
    expect(await ended.ended).toBe('closed')
  })

  it('counts those that it has told before', async () => {
    await using site = await start()
    await using first = await keptClient(site.port)
    await using second = await keptClient(site.port)
    site.tracker.shed(1)
    site.tracker.shed(1)
    const answers = [await ask(first, '/3'), await ask(second, '/3')]
    expect(answers.filter((answer) => answer.includes('Connection: close'))).toHaveLength(1)
  })

  it('leaves connections alone that have carried one request, and those without any', async () => {
    await using site = await start()
    await using once = await rawClient(site.port)
    await ask(once, '/1')
    await using never = await rawClient(site.port)
    site.tracker.shed(10)
    expect(site.tracker.stats().kept).toBe(0)
    expect(await ask(once, '/2')).toContain('Connection: keep-alive')
    expect(await ask(never, '/1')).toContain('Connection: keep-alive')
  })

  it('lets the answer in flight and the pipelined ones behind it through, and closes with the last', async () => {
    await using site = await start()
    await using client = await keptClient(site.port)
    client.received = ''
    client.send(get('/held'))
    await until(() => site.held.length === 1)
    site.tracker.shed(1)
    site.held[0]?.end('first')
    expect(await client.receive('first')).toContain('Connection: keep-alive')
    client.received = ''
    client.send(get('/held') + get('/done'))
    await until(() => site.held.length === 2)
    site.held[1]?.end('second')
    const answers = await client.receive('done')
    expect(answers).toContain('second')
    expect(answers.match(/Connection: close/g)).toHaveLength(1)
    expect(await client.ended).toBe('closed')
  })

  it('takes it back when a drain begins and another request is pipelined behind the answer', async () => {
    await using site = await start()
    await using client = await keptClient(site.port)
    client.received = ''
    site.tracker.shed(1)
    client.send(get('/held'))
    await until(() => site.held.length === 1)
    void site.tracker.drain(AbortSignal.timeout(5_000))
    client.send(get('/done'))
    await until(() => site.tracker.stats().inFlight === 2)
    site.held[0]?.end('first')
    const answers = await client.receive('done')
    expect(answers).toContain('first')
    expect(answers.match(/Connection: close/g)).toHaveLength(1)
    expect(await client.ended).toBe('closed')
  })

  it('closes with the second answer where the app writes `Connection: keep-alive` into each', async () => {
    await using site = await start()
    await using client = await keptClient(site.port)
    site.tracker.shed(1)
    expect(await ask(client, '/stubborn')).toContain('Connection: keep-alive')
    expect(await ask(client, '/stubborn')).toContain('Connection: close')
    expect(await client.ended).toBe('closed')
  })

  it('does not touch an event stream', async () => {
    await using site = await start()
    await using stream = await keptClient(site.port)
    stream.send(get('/events'))
    await stream.receive('data: 1')
    await using other = await keptClient(site.port)
    // Until the clock of the tracker has moved on, nobody knows that this answer takes long.
    const since = performance.now()
    await until(() => performance.now() - since > 1_600)
    site.tracker.shed(1)
    expect(await ask(other, '/3')).toContain('Connection: close')
    expect(site.tracker.stats().connections).toBeGreaterThanOrEqual(1)
  })
})
