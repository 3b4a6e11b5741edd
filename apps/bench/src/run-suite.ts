import type { Conditions, Measurement, Sample, Subject } from './measurement.ts'
import type { Figure } from './results.ts'
import { startServer } from './server.ts'
import type { Group, Suite } from './suite.ts'

export interface Plan {
  readonly suite: Suite
  readonly rounds: number
  readonly conditions: Conditions
  /** Told what is being measured, for people who wait. */
  readonly onProgress: (text: string) => void
}

/**
 * All entrants of a group are up for a whole round and are measured one right after the other, in an order that rotates
 * from round to round: a machine that gets slower meanwhile favours nobody.
 */
export async function runSuite(plan: Plan): Promise<readonly Figure[]> {
  const ledgers = plan.suite.groups.map((group) => createLedger(group, plan.suite.measurements))
  for (let round = 0; round < plan.rounds; round += 1)
    for (const ledger of ledgers) await runRound(plan, { ledger, round })
  return ledgers.flatMap(figuresOf)
}

/** What has been found out about a group so far. */
interface Ledger {
  readonly group: Group
  readonly figures: readonly Figure[]
  readonly agreed: Map<Measurement, number>
}

function createLedger(group: Group, measurements: readonly Measurement[]): Ledger {
  const figures = measurements
    .flatMap(({ quantities }) => quantities)
    .map((quantity) => ({
      ...quantity,
      ...(group.name === undefined ? {} : { group: group.name }),
      samples: Object.fromEntries(group.entrants.map(({ name }) => [name, []])),
    }))
  return { group, figures, agreed: new Map() }
}

async function runRound(plan: Plan, place: Place): Promise<void> {
  const entrants = rotate(place.ledger.group.entrants, place.round)
  const together = plan.suite.apart ? entrants.map((one) => [one]) : [entrants]
  for (const some of together) {
    await using servers = new AsyncDisposableStack()
    const subjects: Subject[] = []
    for (const entrant of some) {
      const server = servers.use(await startServer(entrant, plan.conditions.signal))
      subjects.push({ entrant, server })
    }
    await measureAll(plan, place, subjects)
  }
}

interface Place {
  readonly ledger: Ledger
  readonly round: number
}

async function measureAll(
  { suite, rounds, conditions, onProgress }: Plan,
  { ledger, round }: Place,
  subjects: readonly Subject[],
): Promise<void> {
  const { group, agreed } = ledger
  const where = [suite.name, group.name, suite.apart && subjects[0]?.entrant.name]
  for (const measurement of suite.measurements) {
    if (measurement.once && round > 0) continue
    const what = measurement.quantities.map(({ name }) => name).join('; ') || 'warming up'
    onProgress(`${where.filter(Boolean).join(' ')}, round ${round + 1} of ${rounds}: ${what}`)
    if (measurement.agree && !agreed.has(measurement))
      agreed.set(measurement, await measurement.agree(subjects, conditions))
    for (let turn = 0; turn < (measurement.perRound ?? 1); turn += 1) {
      // There and back again: nobody always comes first.
      const order = turn % 2 ? subjects.toReversed() : subjects
      await takeSamples({ measurement, ledger, subjects: order }, conditions)
    }
  }
}

interface Turn {
  readonly measurement: Measurement
  readonly ledger: Ledger
  readonly subjects: readonly Subject[]
}

async function takeSamples(
  { measurement, ledger, subjects }: Turn,
  conditions: Conditions,
): Promise<void> {
  const agreed = ledger.agreed.get(measurement) ?? NaN
  async function take(subject: Subject): Promise<void> {
    record(ledger, [subject.entrant.name, await measurement.measure(subject, conditions, agreed)])
  }
  if (measurement.together) return void (await Promise.all(subjects.map(take)))
  for (const subject of subjects) await take(subject)
}

function record({ figures }: Ledger, [entrant, sample]: readonly [string, Sample]): void {
  for (const [{ name }, value] of sample) {
    const figure = figures.find((one) => one.name === name)
    const samples = figure?.samples[entrant] as number[] | undefined
    if (!samples) throw new Error(`${name} of ${entrant} was not announced`)
    samples.push(value)
  }
}

function figuresOf({ figures }: Ledger): readonly Figure[] {
  return figures.map((figure) => ({
    ...figure,
    samples: Object.fromEntries(
      Object.entries(figure.samples).filter(([, taken]) => taken.length > 0),
    ),
  }))
}

function rotate<Item>(items: readonly Item[], by: number): readonly Item[] {
  const start = by % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}
