import { describe, expect, it } from 'vitest'

import type { Goal } from '../src/goals.ts'
import { judge } from '../src/judge.ts'
import { losses } from '../src/losses.ts'
import { keepAlive } from '../src/measurements/keep-alive.ts'
import type { Figure } from '../src/results.ts'

const goal: Goal = {
  measurement: keepAlive,
  entrant: 'nunicorn -w 2',
  against: { entrant: 'node:cluster -w 2', by: 'ratio' },
  wanted: { atLeast: 0.98 },
}

function figure(samples: Figure['samples']): Figure {
  return { name: keepAlive.name, unit: keepAlive.unit, better: keepAlive.better, samples }
}

describe('a verdict', () => {
  it('compares within each round, so that a slow round favours nobody', () => {
    const samples = { 'nunicorn -w 2': [100, 50, 100], 'node:cluster -w 2': [100, 50, 99] }
    expect(judge(goal, { figures: [figure(samples)] })).toMatchObject({
      measured: 1,
      reached: true,
    })
  })

  it('is no where the figure is missed or was not measured', () => {
    const samples = { 'nunicorn -w 2': [97], 'node:cluster -w 2': [100] }
    expect(judge(goal, { figures: [figure(samples)] })).toMatchObject({
      measured: 0.97,
      reached: false,
    })
    expect(judge(goal, { figures: [] })).toMatchObject({ measured: undefined, reached: false })
  })

  it('takes a difference, and a figure as it is', () => {
    const figures = [figure({ 'nunicorn -w 2': [12, 14], 'bare node:http': [10, 10] })]
    const against = { entrant: 'bare node:http', by: 'difference' } as const
    expect(judge({ ...goal, against }, { figures }).measured).toBe(3)
    const { against: _, ...alone } = goal
    expect(judge({ ...alone, wanted: { below: 14 } }, { figures })).toMatchObject({
      measured: 13,
      reached: true,
    })
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
    expect(losses({ figures: [figure(samples)] })).toMatchObject([
      { entrant: 'nunicorn -w 1', against: ['bare node:http'] },
    ])
  })
})
