import { describe, expect, it } from 'vitest'

import { lostPerReload } from '../src/measurements/reload.ts'
import { blockingWork, connectionPerRequest, cpuBound } from '../src/measurements/throughput.ts'
import { plots } from '../src/plots.ts'
import type { Quantity } from '../src/quantity.ts'
import { report } from '../src/report.ts'
import type { Results, SuiteResults } from '../src/results.ts'
import { merge } from '../src/store.ts'

const machine = {
  cpu: 'some CPU',
  parallelism: 2,
  memoryGigabytes: 25,
  system: 'Debian',
  node: 'v24.0.0',
}

describe('merging results', () => {
  it('replaces the suites that ran again, keeps the others, and keeps their order', () => {
    const older = results(suite('throughput', 'old'), suite('classes', 'old'))
    const newer = results(suite('reload', 'new'), suite('classes', 'new'))
    const merged = merge(older, newer).suites.map(({ name, title }) => [name, title])
    expect(merged).toEqual([
      ['throughput', 'old'],
      ['reload', 'new'],
      ['classes', 'new'],
    ])
  })

  it('keeps nothing of another machine or another Node', () => {
    const older = { ...results(suite('throughput', 'old')), machine: { ...machine, node: 'v22' } }
    const newer = results(suite('reload', 'new'))
    expect(merge(older, newer)).toEqual(newer)
    expect(merge(undefined, newer)).toEqual(newer)
  })
})

describe('merging who was there', () => {
  it('forgets an absence once the contender has come', () => {
    const absences = ['PM2', 'Watt'].map((contender) => ({ contender, reason: 'no network' }))
    const older = { ...results(suite('throughput', 'old')), absent: absences }
    const newer = { ...results(suite('reload', 'new')), versions: { PM2: 'PM2 7' } }
    expect(merge(older, newer)).toMatchObject({
      absent: [{ contender: 'Watt' }],
      versions: { PM2: 'PM2 7' },
    })
  })
})

describe('the report', () => {
  const samples = { 'nunicorn -w 2': [90], 'node:cluster -w 2': [100] }
  const measured = results(suite('throughput', '', [[connectionPerRequest.quantity, samples]]))

  it('says where nunicorn loses, and what was missed', () => {
    const text = report(measured)
    expect(text).toMatch(/nunicorn -w 2 90(\.0)?; node:cluster -w 2 100(\.0)? \(ratio 0\.90\)/)
    expect(text).toMatch(/at least 1\.9 x node:cluster -w 2 +\| 0\.90 +\| \*\*no\*\* /)
  })

  it('says who was not there, and why', () => {
    const text = report({ ...measured, absent: [{ contender: 'PM2', reason: 'no network' }] })
    expect(text).toContain('- PM2: no network')
  })

  it('shows a picture of each figure that has one', () => {
    const paths = [...plots(measured).keys()]
    expect(paths).toEqual(['plots/throughput-connection-per-request-throughput.svg'])
    expect(report(measured)).toContain(`](${paths[0]})`)
  })
})

describe('the overview', () => {
  it('shows reloads and connections, once both were measured', () => {
    const samples = { 'nunicorn -w 2': [0], 'PM2 -w 2': [7] }
    const both = results(
      suite('throughput', '', [[connectionPerRequest.quantity, samples]]),
      suite('reload', '', [[lostPerReload, samples]]),
    )
    expect(plots(both).get('overview.svg')).toMatch(/lost per reload.*>PM2<.*New connections/s)
  })
})

describe('the picture of the guide', () => {
  it('shows the throughput of each number of workers, for work of each kind', () => {
    const samples = { 'nunicorn -w 1': [10], 'nunicorn -w 2': [20] }
    const memory = { name: 'PSS', unit: 'MB', better: 'lower' } as const
    const sizing = suite('sizing', '', [
      [cpuBound.quantity, samples],
      [blockingWork.quantity, samples],
      [memory, samples],
    ])
    const picture = plots(results(sizing)).get('sizing.svg')
    expect(picture).toMatch(/1 ms of CPU.*>nunicorn -w 2<.*blocks for 20 ms/s)
    expect(picture).not.toContain('PSS')
  })
})

function results(...suites: readonly SuiteResults[]): Results {
  return { machine, versions: {}, suites, absent: [] }
}

type Taken = readonly [Quantity, Readonly<Record<string, readonly number[]>>]

function suite(name: string, title: string, taken: readonly Taken[] = []): SuiteResults {
  const conditions = {
    load: 'wrk',
    rounds: 1,
    seconds: 1,
    connections: 1,
    idleMs: 1,
    loadBefore: 0,
  }
  const figures = taken.map(([quantity, samples]) => ({ ...quantity, samples }))
  return { name, title, conditions, figures, remarks: [] }
}
