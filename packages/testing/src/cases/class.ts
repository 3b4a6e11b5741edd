import { expect, it } from 'vitest'

import { createContext } from '../context.ts'
import type { Suite } from '../test-worker-class.ts'

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
    await expect(start(), 'start() must reject when context.serve() throws').rejects.toThrow()
  })

  it.skipIf(!brokenApp)('rejects when the app cannot start', async () => {
    const { context } = createContext({ addresses: () => [] })
    const broken = await brokenApp?.()
    const start = async (): Promise<unknown> => workerClass.start(broken, context)
    await expect(start(), 'start() must reject: resolved, it makes the worker ready').rejects.toThrow()
  })
}

function refuse(): never {
  throw new Error('no connections here')
}
