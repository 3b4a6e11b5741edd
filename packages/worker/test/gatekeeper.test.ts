import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'

import { afterEach, describe, expect, it, vi } from 'vitest'

import {
  type BoundSocket,
  bindSocket,
  bootOrder,
  drain,
  type FakeHost,
  listen,
  startInFakeHost,
  startReady,
} from './fake-host.ts'

/** One turn of the look of a closed gate, and of the look at everything. */
const closedLookMs = 20
const lookMs = 1_000
const clients: Socket[] = []

afterEach(() => {
  for (const client of clients.splice(0)) client.destroy()
})

describe('a worker at its limit', () => {
  it.each([
    { limit: 'of connections', order: { workerConnections: 2 }, used: 30 },
    { limit: 'of file descriptors', order: {}, used: 919 },
  ])(
    '$limit closes its sockets, asks for other copies, and opens those when there is room',
    async ({ order, used }) => {
      using host = startInFakeHost()
      using first = await bindSocket()
      using copy = await bindSocket()
      host.descriptors.used = used
      await startReady(host, first, bootOrder({ ...order, beatMs: 1 }))
      await connect(first)
      expect(asked(host)).toEqual([])
      host.descriptors.used += 2
      await connect(first)
      await first.refusal()
      expect(asked(host)).toEqual([{ type: 'ask-socket', socket: '0/0' }])
      expect(host.log.at(-1)).toMatch(/^Accepts no connections for the moment: /)

      host.order(listen, copy.handle)
      vi.advanceTimersByTime(closedLookMs)
      await expect(copy.connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
      host.descriptors.used = 30
      await leave(host)
      vi.advanceTimersByTime(closedLookMs)
      await connect(copy)
      expect(host.log.at(-1)).toMatch(/^Accepts connections again, after \d+ ms\.$/)
      expect(asked(host)).toHaveLength(1)
    },
  )

  it('asks again for a socket that was lost on its way, and takes one that comes twice once', async () => {
    using host = startInFakeHost()
    using first = await bindSocket()
    using copy = await bindSocket()
    using spare = await bindSocket()
    await startReady(host, first, bootOrder({ workerConnections: 1, beatMs: 1 }))
    await connect(first)
    vi.advanceTimersByTime(lookMs)
    expect(asked(host)).toHaveLength(2)
    host.order(listen, copy.handle)
    host.order(listen, spare.handle)
    await leave(host)
    vi.advanceTimersByTime(closedLookMs)
    await connect(copy)
    await spare.refusal()
  })

  it('does not open a socket that has been taken from it meanwhile', async () => {
    using host = startInFakeHost()
    using first = await bindSocket()
    await startReady(host, first, bootOrder({ workerConnections: 1, beatMs: 1 }))
    await connect(first)
    host.order({ type: 'unlisten', socket: '0/0' })
    vi.advanceTimersByTime(lookMs)
    expect(asked(host)).toHaveLength(1)
  })

  it('notices within a second that the limit was lowered, and that it was raised', async () => {
    using host = startInFakeHost()
    using first = await bindSocket()
    using copy = await bindSocket()
    await startReady(host, first, bootOrder({ beatMs: 1 }))
    await connect(first)
    host.descriptors.limit = 30
    vi.advanceTimersByTime(lookMs)
    await first.refusal()
    expect(asked(host)).toEqual([])
    host.descriptors.limit = 1_024
    vi.advanceTimersByTime(lookMs)
    expect(asked(host)).toHaveLength(1)
    host.order(listen, copy.handle)
    vi.advanceTimersByTime(closedLookMs)
    await connect(copy)
  })

  it('says so once in a while, however often it happens', async () => {
    using host = startInFakeHost()
    using first = await bindSocket()
    using second = await bindSocket()
    await startReady(host, first, bootOrder({ workerConnections: 1, beatMs: 1 }))
    await connect(first)
    host.order(listen, second.handle)
    await leave(host)
    vi.advanceTimersByTime(closedLookMs)
    await connect(second)
    await second.refusal()
    expect(asked(host)).toHaveLength(2)
    expect(host.log.filter((line) => line.startsWith('Accepts no'))).toHaveLength(1)
  })

  it('that stops takes those who wait behind its closed gate', async () => {
    using host = startInFakeHost()
    using first = await bindSocket()
    using copy = await bindSocket()
    await startReady(host, first, bootOrder({ workerConnections: 1, beatMs: 1 }))
    await connect(first)
    host.order(listen, copy.handle)
    host.order(drain)
    await leave(host)
    vi.advanceTimersByTime(closedLookMs)
    expect(await host.exited).toBe(0)
    await copy.refusal()
  })
})

async function connect(socket: BoundSocket): Promise<void> {
  clients.push(await socket.connect())
}

/** All clients leave; resolves when the worker has seen it. */
async function leave(host: FakeHost): Promise<void> {
  for (const client of clients.splice(0)) client.destroy()
  const inFlight = (): unknown => {
    vi.advanceTimersByTime(1)
    const beats = host.sent.filter((message) => message.type === 'beat')
    return beats.at(-1)?.stats.inFlight
  }
  while (inFlight() !== 0) await setImmediate()
}

function asked(host: FakeHost): readonly object[] {
  return host.sent.filter(({ type }) => type === 'ask-socket')
}
