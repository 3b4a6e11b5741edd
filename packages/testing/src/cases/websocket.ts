import type { ListenAddress } from '@nunicorn/contract'
import { expect, it } from 'vitest'

import type { Suite } from '../test-worker-class.ts'
import { within } from '../within.ts'

/** RFC 6455 7.4.1: the server is going down. */
const goingAway = 1001

export function webSocketCases({ start }: Suite): void {
  it('upgrades to WebSocket, and says 1001 when it drains', async () => {
    await using worker = await start()
    const socket = await open(worker.addresses()[0]!)
    socket.send('hello')
    const { data } = (await next(socket, 'message')) as MessageEvent
    expect(data, 'a message to /ws must come back').toBe('hello')
    const closed = next(socket, 'close')
    const drained = worker.drain()
    const { code } = (await closed) as unknown as { readonly code: number }
    expect(code, 'a WebSocket must be closed with 1001 when the worker drains').toBe(goingAway)
    const { cut } = await within(drained, 'drain() to resolve, now that the WebSocket has closed')
    expect(cut, 'a client that answers the close frame is not cut').toEqual([])
  })
}

async function open(address: ListenAddress): Promise<WebSocket> {
  const { port } = address as { port: number }
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`)
  await next(socket, 'open')
  return socket
}

function next(socket: WebSocket, type: 'open' | 'message' | 'close'): Promise<Event> {
  const { promise, resolve } = Promise.withResolvers<Event>()
  socket.addEventListener(type, resolve, { once: true })
  return within(promise, `the event "${type}" of a WebSocket to /ws`)
}
