import { expect, it } from 'vitest'

import { createClient } from '../client.ts'
import type { Suite } from '../test-worker-class.ts'
import { within } from '../within.ts'

export function deadlineCases({ start }: Suite): void {
  it('cuts what is left at the deadline, and names it', async () => {
    await using worker = await start()
    using client = createClient(worker)
    const held = await client.hold()
    const deadline = new AbortController()
    const drained = worker.drain(deadline.signal)
    deadline.abort()
    const { cut } = await within(drained, 'drain() to resolve, now that its deadline is over')
    await held.closed()
    expect(cut, 'POST /echo was cut, so the report must name it').toEqual([
      {
        kind: expect.stringMatching(/./),
        what: expect.stringContaining('/echo'),
        ageMs: expect.any(Number),
        bytes: expect.any(Number),
      },
    ])
  })

  it('cuts everything at once when the deadline is over before the drain', async () => {
    await using worker = await start()
    using client = createClient(worker)
    const held = await client.hold()
    const { cut } = await within(worker.drain(AbortSignal.abort()), 'drain() to resolve at once')
    await held.closed()
    expect(cut, 'POST /echo was cut, so the report must have it').toHaveLength(1)
  })
}
