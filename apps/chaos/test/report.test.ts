import { describe, expect, it } from 'vitest'

import { notYet } from '../src/not-yet.ts'
import { cellText, report } from '../src/report.ts'
import { merge, type Ran } from '../src/results.ts'
import { rows } from '../src/rows.ts'
import { scenarios } from '../src/scenarios.ts'

const ran: Ran = {
  type: 'ran',
  passed: true,
  repeats: 5,
  requests: 20_134,
  lost: 0,
  excused: 12,
  longestStallMs: 120,
  recovered: true,
  broken: [],
  form: 'full',
  at: '2026-01-01T00:00:00.000Z',
}

const machine = { cpu: 'a CPU', parallelism: 2, memoryGigabytes: 8, system: 'Linux', node: 'v24' }

describe('the bar', () => {
  it('has 90 rows, each of them either executable or waiting for a feature', () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 90 }, (_, at) => at + 1))
    const executable = scenarios.map(({ row }) => row)
    expect(new Set(executable).size).toBe(executable.length)
    const waiting = Object.keys(notYet).map(Number)
    expect(executable.filter((row) => waiting.includes(row))).toEqual([])
    // 90 is the soak.
    expect([...executable, ...waiting, 90].toSorted((a, b) => a - b)).toEqual(
      rows.map(({ number }) => number),
    )
  })
})

describe('a cell', () => {
  it('says what was lost, what was excused, who waited longest, and whether it came back', () => {
    expect(cellText(ran)).toBe('✓ 0 of 20,134 (+12), 120 ms')
    expect(
      cellText({
        ...ran,
        passed: false,
        lost: 7,
        excused: 0,
        longestStallMs: 4_000,
        recovered: false,
      }),
    ).toBe('✗ 7 of 20,134, 4.0 s, **not recovered**')
  })

  it('says why it is empty', () => {
    expect(cellText({ type: 'unable', why: 'has no reload' })).toBe('–')
    expect(cellText({ type: 'skipped', why: 'needs root' })).toBe('skipped: needs root')
  })
})

describe('the report', () => {
  it('has a line for each row that was run, and names what broke and what is missing', () => {
    const broken = [{ what: 'nobody is refused', passed: false, detail: '3 of 9' }]
    const text = report({
      machine,
      cells: { 1: { nunicorn: ran, PM2: { ...ran, passed: false, broken } } },
    })
    expect(text).toContain('| 1 | kill -9 a busy worker, 5× under A | ✓ 0 of 20,134')
    expect(text).toContain('- 1 kill -9 a busy worker, 5× under A, PM2: nobody is refused: 3 of 9')
    expect(text).toContain('- 40 h2 over a reload: not yet (HTTP/2 at the front)')
    expect(text).toContain('- 2 kill -9 an idle worker under 1 req/s: not in these results')
  })
})

describe('results of several runs', () => {
  it('replace each other cell by cell', () => {
    const before = { 1: { nunicorn: ran, PM2: ran }, 26: { nunicorn: ran } }
    const after = { 1: { nunicorn: { ...ran, requests: 5 } }, 3: { nunicorn: ran } }
    const merged = merge(before, after)
    expect(Object.keys(merged)).toEqual(['1', '3', '26'])
    expect(merged['1']).toEqual({ nunicorn: { ...ran, requests: 5 }, PM2: ran })
  })
})
