import { describe, expect, it } from 'vitest'

import type { Goal } from '../src/goals.ts'
import { judge } from '../src/judge.ts'
import { losses } from '../src/losses.ts'
import { keepAlive } from '../src/measurements/throughput.ts'
import type { Figure, Results } from '../src/results.ts'

const { quantity } = keepAlive
const goal: Goal = {
  quantity,
  entrant: 'nunicorn -w 2',
  against: { entrant: 'node:cluster -w 2', by: 'ratio' },
  wanted: { atLeast: 0.98 },
}

describe('a verdict', () => {
  it('compares within each round, so that a slow round favours nobody', () => {
    const samples = { 'nunicorn -w 2': [100, 50, 100], 'node:cluster -w 2': [100, 50, 99] }
    expect(judge(goal, run(figure(samples)))).toMatchObject({ measured: 1, reached: true })
  })

  it('says what the limit reaches, where that is somebody else', () => {
    const samples = {
      'nunicorn -w 2': [100],
      'node:cluster -w 2': [50],
      'bare SO_REUSEPORT -w 2': [110],
    }
    expect(judge(goal, run(figure(samples)))).toMatchObject({ measured: 2, possible: 2.2 })
    const against = { entrant: 'bare SO_REUSEPORT -w 2', by: 'ratio' } as const
    expect(judge({ ...goal, against }, run(figure(samples)))).not.toHaveProperty('possible')
  })

  it('is no where the figure is missed', () => {
    const samples = { 'nunicorn -w 2': [97], 'node:cluster -w 2': [100] }
    expect(judge(goal, run(figure(samples)))).toMatchObject({ measured: 0.97, reached: false })
  })

  it('is none where one of both was not measured', () => {
    expect(judge(goal, run())).toBeUndefined()
    expect(judge(goal, run(figure({ 'nunicorn -w 2': [97] })))).toBeUndefined()
  })

  it('takes a difference, and a figure as it is', () => {
    const both = run(figure({ 'nunicorn -w 2': [12, 14], 'bare node:http': [10, 10] }))
    const against = { entrant: 'bare node:http', by: 'difference' } as const
    expect(judge({ ...goal, against }, both)?.measured).toBe(3)
    const { against: _, ...alone } = goal
    expect(judge({ ...alone, wanted: { below: 13 } }, both)?.reached).toBe(false)
    expect(judge({ ...alone, wanted: { atMost: 13 } }, both)?.reached).toBe(true)
  })

  it('looks at the group that is meant', () => {
    const samples = (ours: number) => ({ 'nunicorn -w 2': [ours], 'node:cluster -w 2': [100] })
    const groups = run(
      { ...figure(samples(50)), group: 'a' },
      { ...figure(samples(100)), group: 'b' },
    )
    expect(judge({ ...goal, group: 'b' }, groups)?.measured).toBe(1)
  })
})

describe('losses', () => {
  it('names who is better by more than noise, with as many workers', () => {
    const samples = {
      'bare node:http': [100],
      'node:cluster -w 1': [91],
      'node:cluster -w 2': [200],
      'nunicorn -w 1': [90],
      'nunicorn -w 2': [250],
    }
    expect(losses([figure(samples)])).toMatchObject([
      { entrant: 'nunicorn -w 1', against: ['bare node:http'] },
    ])
  })
})

function figure(samples: Figure['samples']): Figure {
  return { ...quantity, samples }
}

function run(...figures: readonly Figure[]): Pick<Results, 'suites'> {
  const conditions = {
    load: 'wrk',
    rounds: 1,
    seconds: 1,
    connections: 1,
    idleMs: 1,
    loadBefore: 0,
  }
  return { suites: [{ name: 'some', title: '', conditions, figures, remarks: [] }] }
}
