import { type Attendance, callContenders } from './call-contenders.ts'
import { entrant } from './contender.ts'
import type { LoadGenerator } from './load.ts'
import { chooseLoadGenerator } from './load.ts'
import { describeMachine, loadOfLastMinute } from './machine.ts'
import type { Options } from './options.ts'
import type { Results, SuiteResults } from './results.ts'
import { runSuite } from './run-suite.ts'
import { merge, readResults, writeResults } from './store.ts'
import type { Suite } from './suite.ts'
import { suites } from './suites.ts'

const connections = 64

/** Runs what `options` ask for. Results are kept after each suite, so that an interrupted run is not lost. */
export async function bench(options: Options, signal: AbortSignal): Promise<Results> {
  const chosen = suites.filter(({ name }) => options.only?.includes(name) ?? true)
  const load = await chooseLoadGenerator(options.client)
  const attendance = await callContenders(chosen, { ...options, signal, onProgress })
  const machine = describeMachine()
  const { absent, versions } = attendance
  let results: Results = { machine, versions, suites: [], absent }
  // What was measured on another machine, or by another Node, is not kept beside it.
  if (options.only && options.results !== undefined)
    results = merge(await readResults(options.results), results)
  for (const suite of chosen) {
    const measured = await run(suite, { options, attendance, load, signal })
    results = merge(results, { ...results, suites: [measured] })
    if (options.results !== undefined) await writeResults(results, options.results)
  }
  return results
}

interface Circumstances {
  readonly options: Options
  readonly attendance: Attendance
  readonly load: LoadGenerator
  readonly signal: AbortSignal
}

async function run(
  suite: Suite,
  { options, attendance, load, signal }: Circumstances,
): Promise<SuiteResults> {
  const { quick, seconds, idleMs } = options
  const rounds = Math.min(options.rounds, suite.maxRounds ?? Infinity)
  const loadBefore = loadOfLastMinute()
  const remarks: string[] = []
  const groups = attendance.present(suite.groups)
  const figures = await runSuite({
    suite: quick ? shorten({ ...suite, groups }) : { ...suite, groups },
    rounds,
    conditions: {
      load,
      connections,
      seconds,
      idleMs,
      quick,
      signal,
      remark: (text) => void remarks.push(text),
    },
    onProgress,
  })
  const { name, title } = suite
  const extent = { rounds, seconds, connections, idleMs, loadBefore }
  return { name, title, conditions: { load: load.description, ...extent }, figures, remarks }
}

/** Shows that it runs, in a minute. */
function shorten(suite: Suite): Suite {
  return {
    ...suite,
    measurements: suite.measurements
      .filter(({ quantities }) => quantities.length > 0)
      .map((one) => ({ ...one, perRound: 1 })),
    groups: suite.groups.map((group) => ({
      ...group,
      entrants: group.entrants.map(({ contender, workers }) =>
        entrant(contender, Math.min(workers, 4)),
      ),
    })),
  }
}

function onProgress(text: string): void {
  process.stderr.write(`${text}\n`)
}
