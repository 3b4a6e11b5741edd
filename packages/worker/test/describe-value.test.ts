import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { describe as describeValue } from '../src/load-app.ts'

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 300)

function fail(): never {
  throw new Error('it does not like to be looked at')
}

const { proxy, revoke } = Proxy.revocable({}, {})
revoke()

class Server {}
const named = (name: unknown): object =>
  Object.create({ constructor: Object.defineProperty(() => {}, 'name', { value: name }) })

describe('what a value is, for people', () => {
  it.each([
    ['null', null],
    ['undefined', undefined],
    ['a function', () => {}],
    ['a symbol', Symbol('word')],
    ['an array', []],
    ['a plain object', {}],
    ['a plain object', Object.create(null)],
    ['an instance of Server', new Server()],
    ['an object', new (class {})()],
    ['an object', named(Symbol('word'))],
    ['an object', named(17)],
    ['an object that cannot be looked at', proxy],
    ['an object that cannot be looked at', Object.defineProperty({}, 'constructor', { get: fail })],
  ])('says %s', (text, value) => {
    expect(describeValue(value)).toBe(text)
  })

  it('never throws, and never runs on', () => {
    const values = fc.anything({
      withBigInt: true,
      withNullPrototype: true,
      withSparseArray: true,
      key: fc.constantFrom('constructor', 'name', 'then', 'toString'),
    })
    fc.assert(
      fc.property(values, (value) => {
        expect(describeValue(value)).toMatch(/^(null|undefined|an? .+)$/s)
      }),
      { numRuns },
    )
  })
})
