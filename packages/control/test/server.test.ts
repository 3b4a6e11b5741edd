import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createServer } from 'node:net'

import { NunicornError } from '@nunicorn/contract'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'

import { connectControl } from '../src/client.ts'
import { temporaryFolder } from './folder.ts'
import { call, connectRaw, type RawClient, startServer } from './scene.ts'

const levels = { level: 'debug', before: 'info' } as const

async function answerTo(client: RawClient, ...messages: readonly unknown[]): Promise<unknown> {
  client.say(...messages)
  return await client.hear()
}

describe('a control server', () => {
  it('answers a call by its id, whatever that is', async () => {
    await using scene = await startServer({ 'log-level': () => levels })
    await using client = await connectRaw(scene.path)
    for (const id of [7, 'seven', null, -0.5])
      expect(await answerTo(client, call('log-level', { level: 'debug' }, id))).toEqual({
        jsonrpc: '2.0',
        id,
        result: levels,
      })
  })

  it.each([
    ['what is no JSON', '{"jsonrpc"\n', -32_700, null],
    ['a batch', [call('status')], -32_600, null],
    ['a number', 7, -32_600, null],
    ['another version', { ...call('status'), jsonrpc: '1.0' }, -32_600, 1],
    ['an odd id', { ...call('status'), id: {} }, -32_600, null],
    ['no method', { jsonrpc: '2.0', id: 1 }, -32_600, 1],
    ['an unknown method', call('shutdown'), -32_601, 1],
    ['a name of every object', call('constructor'), -32_601, 1],
    ['no parameters', call('scale'), -32_602, 1],
    ['parameters by position', call('scale', [3]), -32_602, 1],
    ['a wrong type', call('scale', { to: '3' }), -32_602, 1],
    ['too large a number', call('scale', { to: 1e9 }), -32_602, 1],
    ['another parameter', call('status', { x: 1 }), -32_602, 1],
    ['a relative path', call('heap', { worker: 1, file: 'x' }), -32_602, 1],
    ['another choice', call('log-level', { level: 'trace' }), -32_602, 1],
  ])('answers %s with an error, and goes on', async (_, message, code, id) => {
    await using scene = await startServer({ reopen: () => ({ reopened: true }) })
    await using client = await connectRaw(scene.path)
    expect(await answerTo(client, message)).toMatchObject({ id, error: { code } })
    expect(await answerTo(client, call('reopen'))).toMatchObject({ result: { reopened: true } })
  })

  it('obeys a notification and does not answer it, however it ends', async () => {
    const scale = vi.fn<() => Promise<{ workers: number }>>(async () => ({ workers: 3 }))
    await using scene = await startServer({ scale, reopen: () => ({ reopened: true }) })
    await using client = await connectRaw(scene.path)
    const notification = (params: object): object => ({ jsonrpc: '2.0', method: 'scale', params })
    client.say(notification({ to: 3 }), notification({ to: 'x' }), call('reopen', {}, 'next'))
    expect(await client.hear()).toMatchObject({ id: 'next' })
    expect(scale).toHaveBeenCalledExactlyOnceWith({ to: 3 })
  })

  it('tells what failed with its code and its mend, and a fault of ours as one', async () => {
    await using scene = await startServer({
      scale() {
        throw new NunicornError({ code: 'workers-die', message: 'No.', hint: 'Mend it.' })
      },
      reopen() {
        throw new TypeError('a fault')
      },
    })
    await using client = await connectRaw(scene.path)
    expect(await answerTo(client, call('scale', { to: 2 }))).toMatchObject({
      error: {
        code: -32_000,
        message: 'No.',
        data: { code: 'workers-die', message: 'No.', hint: 'Mend it.' },
      },
    })
    expect(await answerTo(client, call('reopen'))).toMatchObject({ error: { code: -32_603 } })
  })

  it('answers a client that has closed its side, then ends', async () => {
    const scaled = Promise.withResolvers<{ workers: number }>()
    await using scene = await startServer({ scale: () => scaled.promise })
    await using client = await connectRaw(scene.path)
    client.say(call('scale', { to: 2 }))
    client.socket.end()
    setImmediate(() => scaled.resolve({ workers: 2 }))
    expect(await client.hear()).toMatchObject({ result: { workers: 2 } })
    expect(await client.hear()).toBeUndefined()
  })

  it('describes itself', async () => {
    await using scene = await startServer()
    await using client = await connectRaw(scene.path)
    expect(await answerTo(client, call('rpc.discover'))).toMatchObject({
      result: { openrpc: '1.3.2' },
    })
  })
})

describe('a client that asks too much', () => {
  it('with a message of more than 64 KiB is told so and let go', async () => {
    await using scene = await startServer()
    await using client = await connectRaw(scene.path)
    client.say('x'.repeat(65_537))
    expect(await client.hear()).toMatchObject({ error: { code: -32_600 } })
    expect(await client.hear()).toBeUndefined()
  })

  it('with a line that never ends, byte by byte, is let go in time', async () => {
    await using scene = await startServer({}, { messageMs: 200 })
    await using client = await connectRaw(scene.path)
    const drip = setInterval(() => client.say('x'), 20)
    const answer = await client.hear()
    clearInterval(drip)
    expect(answer).toMatchObject({ error: { message: expect.stringMatching(/did not end/) } })
    await vi.waitFor(async () => expect(await scene.connections()).toBe(0))
  })

  it('and says nothing is let go in time, but not one that waits for its answer or for events', async () => {
    const scaled = Promise.withResolvers<{ workers: number }>()
    await using scene = await startServer({ scale: () => scaled.promise }, { idleMs: 100 })
    await using waiting = await connectRaw(scene.path)
    await using listening = await connectRaw(scene.path)
    await using silent = await connectRaw(scene.path)
    waiting.say(call('scale', { to: 2 }))
    listening.say(call('subscribe'))
    expect(await listening.hear()).toMatchObject({ result: { sequence: 0 } })
    expect(await silent.hear()).toBeUndefined()
    expect(await scene.connections()).toBe(2)
    scaled.resolve({ workers: 2 })
    expect(await waiting.hear()).toMatchObject({ result: { workers: 2 } })
    scene.happen('at last')
    expect(await listening.hear()).toMatchObject({ method: 'event' })
  })

  it('by too many connections takes the place of the one that has asked for nothing for longest', async () => {
    const reopened = { reopened: true } as const
    await using scene = await startServer({ reopen: () => reopened }, { connections: 2 })
    await using one = await connectRaw(scene.path)
    await using two = await connectRaw(scene.path)
    expect(await answerTo(one, call('reopen'))).toHaveProperty('result')
    // A byte now and then is not a question.
    two.say('{')
    await using three = await connectRaw(scene.path)
    expect(await two.hear()).toMatchObject({ error: { message: expect.stringMatching(/2 other/) } })
    expect(await two.hear()).toBeUndefined()
    for (const client of [one, three])
      expect(await answerTo(client, call('reopen'))).toHaveProperty('result')
  })

  it('by too many connections is refused the next one, when all wait for an answer or for events', async () => {
    await using scene = await startServer(
      { scale: () => new Promise(() => {}) },
      { connections: 2 },
    )
    await using one = await connectRaw(scene.path)
    await using two = await connectRaw(scene.path)
    one.say(call('scale', { to: 2 }))
    expect(await answerTo(two, call('subscribe'))).toHaveProperty('result')
    await using three = await connectRaw(scene.path)
    expect(await three.hear()).toMatchObject({
      error: { message: expect.stringMatching(/2 other/) },
    })
    expect(await three.hear()).toBeUndefined()
    scene.happen('still heard')
    expect(await two.hear()).toMatchObject({ method: 'event' })
  })

  it('by too many calls at once is refused the next one', async () => {
    await using scene = await startServer({ scale: () => new Promise(() => {}) }, { calls: 2 })
    await using client = await connectRaw(scene.path)
    const scale = (id: number): object => call('scale', { to: 2 }, id)
    expect(await answerTo(client, scale(1), scale(2), scale(3))).toMatchObject({
      id: 3,
      error: { code: -32_000 },
    })
  })

  it('with a flood of messages does not keep others waiting', async () => {
    const order: number[] = []
    await using scene = await startServer({
      scale: ({ to }) => {
        order.push(to)
        return { workers: to }
      },
    })
    await using flooding = await connectRaw(scene.path)
    await using other = await connectRaw(scene.path)
    flooding.socket.resume()
    flooding.say(`${'[]\n'.repeat(15_000)}${JSON.stringify(call('scale', { to: 1 }))}\n`)
    other.say(call('scale', { to: 2 }))
    await vi.waitFor(() => expect(order).toEqual([2, 1]))
  })

  it('and goes on talking when it has been refused is let go in time, too', async () => {
    await using scene = await startServer({}, { messageMs: 200, waitingBytes: 10_000_000 })
    await using client = await connectRaw(scene.path)
    client.say(call('subscribe'))
    expect(await client.hear()).toHaveProperty('result')
    // It reads nothing, so that the last word to it cannot be written.
    client.socket.pause()
    for (let count = 0; count < 100; count += 1) scene.happen('x'.repeat(10_000))
    client.socket.write('x'.repeat(65_537))
    const drip = setInterval(() => client.socket.write('x'), 20)
    await vi.waitFor(async () => expect(await scene.connections()).toBe(0))
    clearInterval(drip)
  })

  it('and does not read what happens is let go, so that nothing grows', async () => {
    await using scene = await startServer({}, { waitingBytes: 100_000 })
    await using client = await connectRaw(scene.path)
    client.say(call('subscribe'))
    expect(await client.hear()).toHaveProperty('result')
    client.socket.pause()
    await vi.waitFor(async () => {
      for (let count = 0; count < 100; count += 1) scene.happen('x'.repeat(10_000))
      expect(scene.listeners).toBe(0)
    })
    expect(await scene.connections()).toBe(0)
  })

  it('by garbage of any kind leaves nothing behind', async () => {
    await using scene = await startServer({ scale: async () => ({ workers: 1 }) })
    const before = openDescriptors()
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.uint8Array({ maxLength: 200 }),
            fc.json().map((text) => Buffer.from(`${text}\n`)),
            fc.constantFrom(
              Buffer.from(`${JSON.stringify(call('subscribe'))}\n`),
              Buffer.from(`${JSON.stringify(call('scale', { to: 3 }))}\n`),
            ),
          ),
          { maxLength: 5 },
        ),
        fc.constantFrom('end', 'destroy'),
        async (chunks, leave) => {
          const client = await connectRaw(scene.path)
          for (const chunk of chunks) client.socket.write(chunk)
          client.socket.resume()
          if (leave === 'end') client.socket.end()
          else client.socket.destroy()
          await vi.waitFor(async () => expect(await scene.connections()).toBe(0), { interval: 1 })
          client.socket.destroy()
        },
      ),
      { numRuns: 100 },
    )
    expect(scene.listeners).toBe(0)
    await vi.waitFor(() => expect(openDescriptors()).toBe(before))
    await using client = await connectRaw(scene.path)
    expect(await answerTo(client, call('scale', { to: 1 }))).toHaveProperty('result')
  })
})

describe('a client', () => {
  it('has many calls under way at once, and hears of each what came of it', async () => {
    await using scene = await startServer({
      scale: async ({ to }) => {
        await new Promise((resolve) => setImmediate(resolve))
        if (to === 3) throw new NunicornError({ code: 'three', message: 'Not three.' })
        return { workers: to }
      },
    })
    await using client = await connectControl({ path: scene.path })
    const calls = [1, 2, 3, 4].map((to) => client.call('scale', { to }))
    const ends = await Promise.allSettled(calls)
    expect(ends).toMatchObject([
      { value: { workers: 1 } },
      { value: { workers: 2 } },
      { reason: { name: 'NunicornError', code: 'three', message: 'Not three.' } },
      { value: { workers: 4 } },
    ])
  })

  it('hears the last events and those to come, until it has enough', async () => {
    await using scene = await startServer()
    for (const message of ['one', 'two', 'three']) scene.happen(message)
    await using client = await connectControl({ path: scene.path })
    const events = client.events({ last: 2 })
    const heard = async (): Promise<unknown> => (await events.next()).value?.message
    expect([await heard(), await heard()]).toEqual(['two', 'three'])
    scene.happen('four')
    expect(await heard()).toBe('four')
    expect(scene.listeners).toBe(1)
    await events.return?.()
    expect(scene.listeners).toBe(0)
  })

  it('is told when the instance goes, in the middle of a call and of events', async () => {
    const scene = await startServer({ scale: () => new Promise(() => {}) })
    await using client = await connectControl({ path: scene.path })
    const call_ = client.call('scale', { to: 2 })
    const events = client.events()
    const next = events.next()
    await vi.waitFor(() => expect(scene.listeners).toBe(1))
    const ends = Promise.allSettled([call_, next])
    await scene[Symbol.asyncDispose]()
    expect(await ends).toMatchObject([
      { reason: { code: 'connection-lost' } },
      { reason: { code: 'connection-lost' } },
    ])
    await client.closed
    await expect(client.call('status')).rejects.toMatchObject({ code: 'connection-lost' })
  })

  it('is told when what listens there is something else', async () => {
    using folder = temporaryFolder()
    const other = createServer((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'))
    await once(other.listen(folder.path('app.sock')), 'listening')
    await using client = await connectControl({ path: folder.path('app.sock') })
    const told = { code: 'another-protocol', message: expect.stringMatching(/app\.sock does not/) }
    await expect(client.call('status')).rejects.toMatchObject(told)
    await expect(client.events().next()).rejects.toMatchObject(told)
    other.close()
  })

  it('is told why it cannot connect', async () => {
    await expect(connectControl({ path: '/nowhere/x.ctl' })).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/there is no such socket/),
    })
  })
})

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length
}
