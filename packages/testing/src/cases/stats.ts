import { expect, it } from 'vitest'

import { createClient } from '../client.ts'
import type { Suite } from '../test-worker-class.ts'

export function statsCases({ start }: Suite): void {
  it('counts requests and connections, if it counts', async ({ skip }) => {
    await using worker = await start()
    skip(worker.stats() === undefined, 'the class has no stats()')
    const [address] = worker.addresses()
    const idle = { requests: 0, inFlight: 0, connections: 0 }
    expect(worker.stats(), 'before the first connection').toMatchObject(idle)

    using kept = createClient(address!)
    for (let count = 0; count < 3; count += 1) await kept.get('/ok')
    using other = createClient(address!)
    const held = await other.hold()
    await expect
      .poll(() => worker.stats(), {
        message: 'after 3 requests on one connection, during a fourth on another',
      })
      .toMatchObject({ requests: 4, inFlight: 1, connections: 2 })

    await held.finish()
    kept[Symbol.dispose]()
    other[Symbol.dispose]()
    await expect
      .poll(() => worker.stats(), { message: 'when all clients are gone' })
      .toMatchObject({ requests: 4, inFlight: 0, connections: 0 })
  })

  it('lets kept connections go with their next answers, if it can, and loses none', async ({
    skip,
  }) => {
    await using worker = await start()
    skip(!worker.shed(0), 'the class has no shed()')
    using client = createClient(worker.addresses()[0]!)
    for (let count = 0; count < 3; count += 1) await client.get('/ok')
    await expect
      .poll(() => worker.stats()?.kept, { message: 'after 3 requests on one connection' })
      .toBe(1)
    worker.shed(1)
    const why = 'the answer after shed(1) must be whole and say "Connection: close"'
    expect(await client.get('/ok'), why).toMatchObject({
      status: 200,
      body: 'ok',
      headers: { connection: 'close' },
    })
    await expect.poll(() => worker.stats()?.kept, { message: 'after the last answer' }).toBe(0)
  })
}
