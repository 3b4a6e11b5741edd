import { describe, expect, it } from 'vitest'

import { createBackground } from '../src/background.ts'

const never = new AbortController().signal

describe('background work', () => {
  it('is awaited when it settles', async () => {
    const background = createBackground()
    const job = Promise.withResolvers<void>()
    const order: string[] = []
    background.waitUntil(job.promise.then(() => order.push('job')))
    const settled = background.settle(never).then((left) => order.push(`settled, ${left} left`))
    job.resolve()
    await settled
    expect(order).toEqual(['job', 'settled, 0 left'])
  })

  it('is awaited when it is registered by other work', async () => {
    const background = createBackground()
    const second = Promise.withResolvers<void>()
    background.waitUntil(Promise.resolve().then(() => background.waitUntil(second.promise)))
    const settled = background.settle(never)
    expect(await Promise.race([settled, turn()])).toBe('still waiting')
    second.resolve()
    expect(await settled).toBe(0)
  })

  it('may fail, and may be any thenable', async () => {
    const background = createBackground()
    background.waitUntil(Promise.reject(new Error('failed')))
    // oxlint-disable-next-line unicorn/no-thenable -- what a query builder hands out
    background.waitUntil({ then: (resolve) => resolve?.(undefined) as never })
    expect(await background.settle(never)).toBe(0)
  })

  it('is left behind at the deadline, and counted', async () => {
    const background = createBackground()
    const deadline = new AbortController()
    background.waitUntil(new Promise(() => {}))
    background.waitUntil(new Promise(() => {}))
    const settled = background.settle(deadline.signal)
    deadline.abort()
    expect(await settled).toBe(2)
    expect(await background.settle(AbortSignal.abort())).toBe(2)
  })
})

describe('close hooks', () => {
  it('run one after the other, the last registered first', async () => {
    const background = createBackground()
    const order: string[] = []
    for (const name of ['database', 'queue']) {
      background.onClose(async () => {
        order.push(`${name} closing`)
        await turn()
        order.push(`${name} closed`)
      })
    }
    await background.close(fail)
    expect(order).toEqual(['queue closing', 'queue closed', 'database closing', 'database closed'])
  })

  it('run although another one fails', async () => {
    const background = createBackground()
    const order: string[] = []
    background.onClose(() => order.push('database'))
    background.onClose(() => {
      throw new Error('queue')
    })
    background.onClose(() => Promise.reject(new Error('cache')))
    await background.close((error) => order.push(String(error)))
    expect(order).toEqual(['Error: cache', 'Error: queue', 'database'])
  })

  it('run once, and those that they register too', async () => {
    const background = createBackground()
    const order: string[] = []
    background.onClose(() => {
      order.push('first')
      background.onClose(() => order.push('second'))
    })
    await background.close(fail)
    await background.close(fail)
    expect(order).toEqual(['first', 'second'])
  })
})

async function turn(): Promise<string> {
  await new Promise(setImmediate)
  return 'still waiting'
}

function fail(error: unknown): never {
  throw error
}
