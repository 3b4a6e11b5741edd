import { describe, expect, it } from 'vitest'

import { parseOptions } from '../src/options.ts'

const suites = ['throughput', 'reload']

describe('the options', () => {
  it('are a full run, unless said otherwise', () => {
    expect(parseOptions([], suites)).toMatchObject({
      only: undefined,
      rounds: 5,
      quick: false,
      results: expect.stringMatching(/bench\/results$/),
    })
  })

  it('take suites by name', () => {
    expect(parseOptions(['--only', 'reload,throughput'], suites).only).toEqual([
      'reload',
      'throughput',
    ])
    expect(() => parseOptions(['--only', 'reload,sleep'], suites)).toThrow(
      'there is no suite sleep: there are throughput, reload',
    )
  })

  it('write nothing in a quick run, unless told where', () => {
    expect(parseOptions(['--quick'], suites).results).toBeUndefined()
    expect(parseOptions(['--quick', '--results', '/tmp/some'], suites).results).toBe('/tmp/some')
  })
})
