import { describe, expect, it } from 'vitest'

import { judgeSoak, type Sample, type Soak } from '../src/soak.ts'

function sample(index: number, more: Partial<Sample> = {}): Sample {
  return {
    atMs: index * 5_000,
    descriptors: 30,
    supervisorKilobytes: 40_000,
    workerKilobytes: 30_000,
    processes: 4,
    logLines: index,
    ...more,
  }
}

const flat: Soak = {
  durationMs: 150_000,
  requests: 100_000,
  lost: 0,
  excused: 9,
  examples: [],
  faults: { reloads: 4, kills: 3, scalings: 7 },
  samples: Array.from({ length: 30 }, (_, index) => sample(index)),
  workers: 2,
  exit: 0,
  orphans: 0,
  zombies: 0,
  portFree: true,
}

function broken(seen: Soak): readonly string[] {
  return judgeSoak(seen)
    .filter(({ passed }) => !passed)
    .map(({ what }) => what)
}

function rising(more: (index: number) => Partial<Sample>): Soak {
  return { ...flat, samples: flat.samples.map((_, index) => sample(index, more(index))) }
}

describe('the verdict of a soak', () => {
  it('passes when all is flat, and one worker more or less at the moment of a sample is nothing', () => {
    expect(broken(flat)).toEqual([])
    expect(broken(rising((index) => ({ processes: 4 + (index % 2) })))).toEqual([])
  })

  it.each([
    ['descriptors', (index: number) => ({ descriptors: 30 + index })],
    [
      'kilobytes of the supervisor',
      (index: number) => ({ supervisorKilobytes: 40_000 + index * 1_000 }),
    ],
    ['kilobytes of a worker', (index: number) => ({ workerKilobytes: 30_000 + index * 6_000 })],
    ['processes', (index: number) => ({ processes: 4 + index })],
    ['log lines', (index: number) => ({ logLines: index * 50 })],
  ])('fails when there are more and more %s', (what, more) => {
    expect(broken(rising(more)).join()).toContain(what)
  })

  it('fails when a request was lost that no kill excuses, and when it is too short to compare', () => {
    expect(broken({ ...flat, lost: 1 })).toEqual(['nothing is lost but what a killed process held'])
    expect(broken({ ...flat, samples: [] })).toContain('there are samples to compare')
  })
})
