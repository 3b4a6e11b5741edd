import { expect, it } from 'vitest'

import { createClient, heldBody, openSocket } from '../client.ts'
import { demand, demandFailure } from '../demand.ts'
import type { Suite } from '../test-worker-class.ts'
import { within } from '../within.ts'

export function drainCases({ start }: Suite): void {
  it('finishes an answer that it is in the middle of', async () => {
    await using worker = await start()
    using client = createClient(worker)
    const held = await client.hold()
    const drained = worker.drain()
    const why = 'an answer that has begun must end whole'
    expect(await demand(why, held.finish()), why).toBe(heldBody)
    client[Symbol.dispose]()
    const { cut } = await within(drained, 'drain() to resolve, now that nothing is left')
    expect(cut, 'nothing was cut, so the report must be empty').toEqual([])
  })

  it('says "Connection: close" in an answer that has not begun when it drains', async () => {
    await using worker = await start()
    const address = worker.addresses()[0]!
    using slow = createClient(address)
    using quick = createClient(address)
    await slow.get('/ok')
    const answer = slow.get('/slow?ms=400')
    // Sent later and on another connection: once it is answered, the slow one has been read.
    await quick.get('/ok')
    const drained = worker.drain()
    const why = 'a request that has come must be answered, and its connection end'
    expect(await demand(why, answer), why).toMatchObject({
      status: 200,
      body: 'ok',
      headers: { connection: 'close' },
    })
    quick[Symbol.dispose]()
    await within(drained, 'drain() to resolve, now that nothing is left')
  })

  it('answers a request that comes on a kept connection while it drains, as the last one', async () => {
    await using worker = await start()
    using client = createClient(worker)
    await client.get('/ok')
    const drained = worker.drain()
    const why =
      'a kept connection must be served until an answer has said "Connection: close", or its idle time is over: ' +
      'the client may have sent its request before it could know'
    expect(await demand(why, client.get('/ok')), why).toMatchObject({
      status: 200,
      body: 'ok',
      reused: true,
      headers: { connection: 'close' },
    })
    const { cut } = await within(drained, 'drain() to resolve, now that nothing is left')
    expect(cut, 'nothing was cut, so the report must be empty').toEqual([])
  })

  it('leaves no address open that it drains', async () => {
    await using worker = await start()
    const address = worker.addresses()[0]!
    await worker.drain()
    const why = 'connections must be refused after the drain'
    const error = await demandFailure(why, openSocket(address))
    expect(error, why).toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('drains once, however often it is told to', async () => {
    await using worker = await start()
    using client = createClient(worker)
    const held = await client.hold()
    const drains = [worker.drain(), worker.drain()]
    const why = 'a second drain() must not cut anything'
    expect(await demand(why, held.finish()), why).toBe(heldBody)
    client[Symbol.dispose]()
    const reports = await within(Promise.all(drains), 'both calls of drain() to resolve')
    const late = await within(worker.drain(), 'drain() to resolve after the drain is over')
    expect([...reports, late], 'each call must resolve with the report of the one drain').toEqual([
      { cut: [] },
      { cut: [] },
      { cut: [] },
    ])
  })
}
