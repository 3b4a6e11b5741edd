import { setImmediate } from 'node:timers/promises'

import { expect, it } from 'vitest'

import { createContext } from '../context.ts'
import { demandFailure } from '../demand.ts'
import type { Suite } from '../test-worker-class.ts'
import { startTestWorker } from '../test-worker.ts'

const noApps = [undefined, null, 42, 'text', true, {}, []]

/** What can be told before anything is served. */
export function classCases({ workerClass, app, brokenApp }: Suite): void {
  it('implements version 1 of the contract', () => {
    expect(workerClass.contract, 'contract must be 1').toBe(1)
    expect(workerClass.name, 'name must say what -k calls it').toMatch(/./)
    expect(workerClass.start, 'start must be a function').toBeTypeOf('function')
  })

  it.skipIf(!workerClass.accepts)('recognises its app, and nothing that is none', async () => {
    const accepts = (value: unknown): boolean | undefined => workerClass.accepts?.(value)
    expect(accepts(await app()), 'accepts() must be true for the app of this suite').toBe(true)
    const taken = noApps.filter(accepts)
    expect(taken, 'accepts() must be false for what cannot be an app').toEqual([])
  })

  it('rejects when it cannot get connections', async () => {
    const { context } = createContext({ addresses: () => [] })
    const served = await app()
    const start = async (): Promise<unknown> =>
      workerClass.start(served, { ...context, serve: refuse })
    await demandFailure('start() must reject when context.serve() throws', start())
  })

  it.skipIf(!brokenApp)('rejects when the app cannot start', async () => {
    const { context } = createContext({ addresses: () => [] })
    const broken = await brokenApp?.()
    const start = async (): Promise<unknown> => workerClass.start(broken, context)
    await demandFailure('start() must reject, or the worker becomes ready', start())
  })

  it('does not listen by itself', async () => {
    // What an earlier case has closed counts until libuv has called back.
    for (let turn = 0; turn < 2; turn += 1) await setImmediate()
    const before = countListening()
    await using _worker = await startTestWorker(workerClass, { app: await app(), binds: [] })
    // A listen() that names a host has begun by the next turn of the event loop.
    await setImmediate()
    expect(
      countListening(),
      'sockets that listen after start(); the worker listens, not the class',
    ).toBe(before)
  })
}

function countListening(): number {
  return process.getActiveResourcesInfo().filter((type) => type === 'TCPServerWrap').length
}

function refuse(): never {
  throw new Error('no connections here')
}
