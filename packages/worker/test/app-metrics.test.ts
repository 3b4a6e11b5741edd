import { createRequire } from 'node:module'
import { join } from 'node:path'

import { afterEach, describe, expect, it } from 'vitest'

import { appMetrics } from '../src/app-metrics.ts'

const { cache } = createRequire(import.meta.url)
const loaded: string[] = []
afterEach(() => {
  for (const file of loaded.splice(0)) delete cache[file]
})

/** As if the app had loaded a copy of prom-client that says this. */
function load(name: string, exports: unknown): void {
  const file = join('/srv', name, 'node_modules/prom-client/index.js')
  loaded.push(file)
  cache[file] = { exports } as never
}

function says(...metrics: readonly unknown[]): unknown {
  return { register: { getMetricsAsJSON: async () => metrics } }
}

describe("the app's metrics", () => {
  it('are none where nobody has loaded prom-client', async () => {
    load('other', { register: 'something else' })
    load('empty', undefined)
    expect(await appMetrics().read()).toBeNull()
  })

  it('are those of every copy that has been loaded', async () => {
    const shared = says({ name: 'a', values: [{ labels: {}, value: 1 }] })
    load('one', shared)
    load('one-again', shared)
    load('two', says({ name: 'b', values: [] }))
    expect(await appMetrics().read()).toEqual([
      { name: 'a', values: [{ labels: {}, value: 1 }] },
      { name: 'b', values: [] },
    ])
  })

  it('survive a trip as JSON, whatever their values', async () => {
    const values = [Number.NaN, Infinity, -Infinity, 0.5].map((value) => ({ labels: {}, value }))
    load('one', says({ name: 'a', values }, 'nonsense'))
    const said: unknown = JSON.parse(JSON.stringify(await appMetrics().read()))
    expect(said).toEqual([
      {
        name: 'a',
        values: ['NaN', 'Infinity', '-Infinity', 0.5].map((value) => ({ labels: {}, value })),
      },
      'nonsense',
    ])
  })

  it('are told at the end only if somebody wanted them, and if they come in time', async () => {
    load('one', says({ name: 'a', values: [] }))
    const unasked = appMetrics()
    expect(await unasked.last()).toBeUndefined()
    await unasked.read()
    expect(await unasked.last()).toEqual([{ name: 'a', values: [] }])
    load('never', { register: { getMetricsAsJSON: () => new Promise(() => {}) } })
    expect(await unasked.last()).toBeUndefined()
  })
})
