import { once } from 'node:events'

import { describe, expect, it } from 'vitest'

import { waitUntil } from '../src/index.ts'
import { bindSocket, bootOrder, drain, startInFakeHost, startReady } from './fake-host.ts'

describe('a draining worker', () => {
  it('refuses connections, finishes those it has, runs the close hooks, reports and exits with 0', async () => {
    using host = startInFakeHost()
    using socket = await bindSocket()
    await startReady(host, socket)
    const client = await socket.connect()
    host.order(drain)
    await socket.refusal()
    expect(host.sent.map(({ type }) => type)).not.toContain('drained')
    client.end()
    expect(await host.exited).toBe(0)
    // What it has counted since its last beat would be lost with it.
    expect(host.sent.at(-2)).toMatchObject({ type: 'beat', stats: { connections: 0 } })
    expect(host.sent.at(-1)).toEqual({ type: 'drained', cut: [] })
    expect(host.log.at(-1)).toBe('the close hook ran')
  })

  it('takes the connections that wait in the queue first', async () => {
    using host = startInFakeHost()
    using socket = await bindSocket()
    await startReady(host, socket)
    const greeted = Array.from({ length: 20 }, () => socket.connect())
    // Connecting begins with the next tick; then the kernel has them all, and the worker has not had a turn to accept.
    await new Promise(process.nextTick)
    host.order(drain)
    for (const client of await Promise.all(greeted)) client.end()
    expect(await host.exited).toBe(0)
  })

  it('cuts at the deadline what is left, and names it', async () => {
    using host = startInFakeHost()
    using socket = await bindSocket()
    await startReady(host, socket)
    const client = await socket.connect()
    const closed = once(client, 'close')
    host.order({ ...drain, deadlineMs: 0 })
    await closed
    expect(await host.exited).toBe(0)
    expect(await host.message('drained')).toMatchObject({
      cut: [{ kind: 'greeting', what: 'hello', bytes: 5 }],
    })
  })

  it('takes a second order for a nearer deadline, and nothing else', async () => {
    using host = startInFakeHost()
    using socket = await bindSocket()
    await startReady(host, socket)
    const client = await socket.connect()
    const closed = once(client, 'close')
    host.order(drain)
    host.order({ ...drain, deadlineMs: 0 })
    await closed
    expect(await host.exited).toBe(0)
    expect(host.sent.filter(({ type }) => type === 'drained')).toHaveLength(1)
  })

  it('awaits background work, and names what it had to leave behind', async () => {
    using host = startInFakeHost()
    using socket = await bindSocket()
    await startReady(host, socket)
    waitUntil(new Promise(() => {}))
    host.order({ ...drain, deadlineMs: 0 })
    expect(await host.exited).toBe(0)
    expect(await host.message('drained')).toMatchObject({
      cut: [{ kind: 'background', what: '1 background job' }],
    })
  })

  it('runs the close hooks although the class fails, and says that it did', async () => {
    using host = startInFakeHost()
    using socket = await bindSocket()
    await startReady(host, socket, bootOrder({ export: 'cannotDrain' }))
    host.order(drain)
    expect(await host.exited).toBe(0)
    expect(host.log.slice(-2)).toEqual([
      expect.stringMatching(/^The worker class failed to drain: Error: drain failed/),
      'the close hook ran',
    ])
  })

  it.each(['drainThrowsUnshowable', 'drainSaysNothing', 'drainSaysNonsense'])(
    'reports and leaves although of its class it can say: %s',
    async (app) => {
      using host = startInFakeHost()
      using socket = await bindSocket()
      await startReady(host, socket, bootOrder({ export: app }))
      host.order(drain)
      expect(await host.exited).toBe(0)
      expect(host.sent.at(-1)).toEqual({ type: 'drained', cut: [] })
      expect(host.log.at(-1)).toBe('the close hook ran')
    },
  )

  it('begins by itself when the arbiter is gone', async () => {
    using host = startInFakeHost()
    using socket = await bindSocket()
    await startReady(host, socket)
    const client = await socket.connect()
    host.disconnect()
    expect(host.title).toBe('nunicorn: orphaned worker 2 [shop]')
    client.end()
    expect(await host.exited).toBe(0)
  })
})
