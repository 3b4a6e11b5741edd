import { expect, it } from 'vitest'

import { type Client, createClient } from '../client.ts'
import { demand } from '../demand.ts'
import type { Suite } from '../test-worker-class.ts'
import { within } from '../within.ts'

export function failureCases({ start }: Suite): void {
  it('survives an app that throws', async () => {
    await using worker = await start()
    const [address] = worker.addresses()
    using unlucky = createClient(address!)
    const why = 'GET /throw must be answered with a 5xx, or its connection be closed'
    const status = await unlucky.get('/throw').then(
      (answer) => answer.status,
      (error: NodeJS.ErrnoException) => error.code,
    )
    expect(
      status === 'ECONNRESET' || Number(status) >= 500,
      `${why}; it ended with ${status}`,
    ).toBe(true)
    using next = createClient(address!)
    await expectOk(next)
  })

  it('survives a client that aborts, and does not wait for it', async () => {
    await using worker = await start()
    const [address] = worker.addresses()
    using impatient = createClient(address!)
    const held = await impatient.hold()
    held.abort()
    using next = createClient(address!)
    await expectOk(next)
    next[Symbol.dispose]()
    const { cut } = await within(
      worker.drain(),
      'drain() to resolve: the client of POST /echo is gone',
    )
    expect(cut, 'nothing was left to cut').toEqual([])
  })
}

async function expectOk(client: Client): Promise<void> {
  const why = 'the next request must be answered'
  expect(await demand(why, client.get('/ok')), why).toMatchObject({ status: 200, body: 'ok' })
}
