import { atMost, check, type Check, equal } from './checks.ts'
import { type Facts, lostOf } from './facts.ts'
import type { Ran } from './results.ts'
import type { Scenario } from './scenario.ts'

/** What is looked at whatever the scenario: nothing may be left behind, nothing may grow. */
export interface Aftermath {
  /** Of the first and of the last repeat on one server; undefined where nobody supervises, or the server ends. */
  readonly vitals?: {
    readonly first: { readonly descriptors: number; readonly proportionalKilobytes: number }
    readonly last: { readonly descriptors: number; readonly proportionalKilobytes: number }
  }
  readonly orphans: number
  readonly zombies: number
  readonly portFree: boolean
  /** How it ended after TERM; undefined where the scenario itself has ended it. */
  readonly exit?: number | string
  /** X-Ids that came to the app more than once: somebody has asked again in the client's name. */
  readonly askedTwice: number
  /** Lines of the supervisor's own, and over what time. */
  readonly log?: { readonly lines: number; readonly minutes: number }
}

/** What a supervisor may need to tell one incident, such as a reload of two workers. */
const linesPerIncident = 10
/** What it may write in a minute otherwise. */
const linesPerMinute = 20

/** All repeats of a scenario with one system. Pure. */
export function judge(
  scenario: Scenario,
  seen: {
    readonly facts: readonly Facts[]
    readonly aftermath: Aftermath
    readonly form: Ran['form']
    readonly at: string
  },
): Ran {
  const { facts, aftermath, form, at } = seen
  const checks = [
    ...facts.flatMap((each) => scenario.judge(each)),
    ...judgeAftermath(aftermath, sum(facts.map(({ incidents }) => incidents))),
  ]
  const broken = checks.filter(({ passed }) => !passed)
  return {
    type: 'ran',
    passed: broken.length === 0 && facts.length > 0,
    repeats: facts.length,
    requests: sum(facts.map(({ requests }) => requests)),
    lost: sum(facts.map(lostOf)),
    excused: sum(facts.map(({ excused }) => excused)),
    longestStallMs: Math.round(Math.max(0, ...facts.map(({ longestStallMs }) => longestStallMs))),
    recovered: facts.every(({ recovered }) => recovered),
    broken,
    form,
    at,
  }
}

export function judgeAftermath(aftermath: Aftermath, incidents: number): readonly Check[] {
  const { vitals, orphans, zombies, portFree, exit, askedTwice, log } = aftermath
  return [
    equal('the number of processes left behind', orphans, 0),
    equal('the number of zombies', zombies, 0),
    equal('the number of requests that arrived twice', askedTwice, 0),
    check('the port is free after the end', portFree, 'it is taken'),
    ...(exit === undefined ? [] : [equal('the exit code after TERM', exit, 0)]),
    ...(vitals === undefined ? [] : judgeVitals(vitals)),
    ...(log === undefined
      ? []
      : [
          atMost(
            'the number of log lines',
            log.lines,
            linesPerMinute * Math.max(1, log.minutes) + linesPerIncident * incidents,
          ),
        ]),
  ]
}

function judgeVitals({ first, last }: NonNullable<Aftermath['vitals']>): readonly Check[] {
  // A young heap grows until its first full collection, whatever happens: half a repeat's garbage is no leak.
  const allowedKilobytes = first.proportionalKilobytes * 1.05 + 8 * 1024
  return [
    atMost('descriptors of the supervisor', last.descriptors, first.descriptors + 2),
    atMost('kilobytes of the supervisor', last.proportionalKilobytes, allowedKilobytes),
  ]
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
