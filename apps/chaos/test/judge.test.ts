import { describe, expect, it } from 'vitest'

import { atMost } from '../src/checks.ts'
import { type Facts, noFacts } from '../src/facts.ts'
import { type Aftermath, judge, judgeAftermath } from '../src/judge.ts'
import { defineScenario } from '../src/scenario.ts'

const clean: Aftermath = { orphans: 0, zombies: 0, portFree: true, askedTwice: 0, exit: 0 }

const scenario = defineScenario({
  row: 1,
  inject: () => Promise.reject(new Error('only judged here')),
  judge: ({ longestStallMs }) => [atMost('stall', longestStallMs, 100)],
})

function judged(facts: readonly Facts[], aftermath: Partial<Aftermath> = {}) {
  return judge(scenario, {
    facts,
    aftermath: { ...clean, ...aftermath },
    form: 'full',
    at: '2026-01-01T00:00:00.000Z',
  })
}

function brokenIn(aftermath: Partial<Aftermath>, incidents = 0): readonly string[] {
  return judgeAftermath({ ...clean, ...aftermath }, incidents)
    .filter(({ passed }) => !passed)
    .map(({ what }) => what)
}

describe('all repeats of a scenario', () => {
  it('are added up: what a killed process held is not lost', () => {
    const facts = [
      { ...noFacts, requests: 4_000, failed: 3, excused: 3, longestStallMs: 20 },
      { ...noFacts, requests: 5_000, failed: 2, excused: 1, longestStallMs: 40 },
    ]
    expect(judged(facts)).toMatchObject({
      passed: true,
      repeats: 2,
      requests: 9_000,
      excused: 4,
      lost: 1,
      longestStallMs: 40,
      recovered: true,
    })
  })

  it('pass only if each of them does', () => {
    const facts = [noFacts, { ...noFacts, longestStallMs: 101, recovered: false }]
    expect(judged(facts)).toMatchObject({
      passed: false,
      recovered: false,
      broken: [{ what: 'stall at most 100', detail: '101' }],
    })
  })

  it('are no pass when there was none', () => {
    expect(judged([]).passed).toBe(false)
  })
})

describe('what is left behind', () => {
  it('is nothing after a clean end', () => {
    expect(brokenIn({})).toEqual([])
  })

  it.each([
    [{ orphans: 1 }, 'the number of processes left behind is 0'],
    [{ zombies: 1 }, 'the number of zombies is 0'],
    [{ askedTwice: 1 }, 'the number of requests that arrived twice is 0'],
    [{ portFree: false }, 'the port is free after the end'],
    [{ exit: 'none' }, 'the exit code after TERM is 0'],
  ])('is named: %o', (aftermath, what) => {
    expect(brokenIn(aftermath)).toEqual([what])
  })

  it('may be two descriptors and a twentieth of the memory, and no more', () => {
    const first = { descriptors: 30, proportionalKilobytes: 40_000 }
    const grown = { descriptors: 32, proportionalKilobytes: 42_000 }
    expect(brokenIn({ vitals: { first, last: grown } })).toEqual([])
    const leaking = { descriptors: 33, proportionalKilobytes: 60_000 }
    expect(brokenIn({ vitals: { first, last: leaking } })).toHaveLength(2)
  })

  it('may be 20 log lines a minute, and ten for each incident', () => {
    expect(brokenIn({ log: { lines: 30, minutes: 1 } }, 1)).toEqual([])
    expect(brokenIn({ log: { lines: 31, minutes: 1 } }, 1)).toEqual([
      'the number of log lines at most 30',
    ])
    expect(brokenIn({ log: { lines: 60, minutes: 3 } })).toEqual([])
  })
})
