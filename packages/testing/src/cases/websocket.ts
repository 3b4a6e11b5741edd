import { expect, it } from 'vitest'

import type { Suite } from '../test-worker-class.ts'
import { openWebSocket } from '../web-socket-client.ts'
import { within } from '../within.ts'

/** RFC 6455 7.4.1: the server is going down. */
const goingAway = 1001

export function webSocketCases({ start }: Suite): void {
  it('upgrades to WebSocket, and says 1001 when it drains', async () => {
    await using worker = await start()
    using socket = await openWebSocket(worker, '/ws')
    socket.send('hello')
    expect(await socket.next(), 'a message to /ws must come back').toBe('hello')
    const drained = worker.drain()
    const code = await within(socket.closed, 'the close of a WebSocket to /ws')
    expect(code, 'a WebSocket must be closed with 1001 when the worker drains').toBe(goingAway)
    const { cut } = await within(drained, 'drain() to resolve, now that the WebSocket has closed')
    expect(cut, 'a client that answers the close frame is not cut').toEqual([])
  })
}
