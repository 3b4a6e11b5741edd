import type { Entrant } from './contender.ts'
import type { Conditions, Measurement, Subject } from './measurement.ts'
import type { Figure } from './results.ts'
import { startServer } from './server.ts'

export interface Plan {
  readonly entrants: readonly Entrant[]
  readonly measurements: readonly Measurement[]
  readonly rounds: number
  readonly conditions: Conditions
  /** Told what is being measured, for people who wait. */
  readonly onProgress: (text: string) => void
}

/**
 * All entrants are up for a whole round and are measured one right after the other, in an order that rotates from round to
 * round: a machine that gets slower meanwhile favours nobody.
 */
export async function runRounds(plan: Plan): Promise<readonly Figure[]> {
  const samples = plan.measurements.map(() => new Map(plan.entrants.map(({ name }) => [name, []])))
  for (let round = 0; round < plan.rounds; round += 1) {
    await using servers = new AsyncDisposableStack()
    const subjects: Subject[] = []
    for (const entrant of rotate(plan.entrants, round)) {
      const server = servers.use(await startServer(entrant, plan.conditions.signal))
      subjects.push({ entrant, server })
    }
    for (const [index, measurement] of plan.measurements.entries()) {
      const { perRound = 1, once } = measurement
      if (once && round > 0) continue
      plan.onProgress(`round ${round + 1} of ${plan.rounds}: ${measurement.name}`)
      for (let turn = 0; turn < perRound; turn += 1)
        await takeSamples({ measurement, subjects, into: samples[index]! }, plan.conditions)
    }
  }
  return plan.measurements.map(({ name, unit, better }, index) => ({
    name,
    unit,
    better,
    samples: Object.fromEntries([...samples[index]!].filter(([, taken]) => taken.length > 0)),
  }))
}

async function takeSamples(
  {
    measurement,
    subjects,
    into,
  }: {
    readonly measurement: Measurement
    readonly subjects: readonly Subject[]
    readonly into: ReadonlyMap<string, number[]>
  },
  conditions: Conditions,
): Promise<void> {
  async function take(subject: Subject): Promise<void> {
    const sample = await measurement.measure(subject, conditions)
    if (sample !== undefined) into.get(subject.entrant.name)!.push(sample)
  }
  if (measurement.together) return void (await Promise.all(subjects.map(take)))
  for (const subject of subjects) await take(subject)
}

function rotate<Item>(items: readonly Item[], by: number): readonly Item[] {
  const start = by % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}
