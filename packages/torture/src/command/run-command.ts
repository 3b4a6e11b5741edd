import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

import { openConnection } from '../connection.ts'
import { startLoad } from '../load.ts'
import { RequestError } from '../outcome.ts'
import { pause } from '../pause.ts'
import type { Report } from '../report.ts'
import { allowTarget } from './allow-target.ts'
import { type Deed, doDeeds } from './deeds.ts'
import { describeVerdict } from './describe-verdict.ts'
import { helpText } from './flags.ts'
import { showProgress, type Terminal } from './live-line.ts'
import { type Plan, UsageError } from './plan.ts'
import { readPlan } from './read-plan.ts'
import { judge } from './verdict.ts'
import { verdictJson } from './verdict-json.ts'

export interface Surroundings {
  readonly stdout: Terminal
  readonly stderr: Terminal
  /** Ends the run early, with its verdict. */
  readonly signal: AbortSignal
}

/** Failures of which more than a number is known. */
const KEPT_FAILURES = 20_000
const BAD_USAGE = 2

/** Runs the command to its end. Resolves with the exit code. */
export async function runCommand(argv: readonly string[], around: Surroundings): Promise<number> {
  try {
    const plan = readPlan(argv)
    if (plan === 'help') return say(around, helpText())
    if (plan === 'version') return say(around, `torture ${version()}`)
    const target = await allowTarget(plan.target, plan.ownsHost)
    await checkThatSomebodyListens(target, plan)
    return await torture({ ...plan, target }, around)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    around.stderr.write(`${error.problems.map((problem) => `torture: ${problem}`).join('\n')}\n`)
    return BAD_USAGE
  }
}

async function torture(plan: Plan, around: Surroundings): Promise<number> {
  const { stdout, stderr } = around
  const isPiped = plan.json === '-'
  const forPeople = isPiped ? stderr : stdout
  forPeople.write(`torture: ${plan.url} for ${plan.durationMs / 1000} s, by ${plan.clientList}\n`)
  const deeds: Deed[] = []
  const verdict = judge(await run(plan, around, deeds), deeds)
  if (isPiped) stdout.write(verdictJson(verdict, plan))
  else if (plan.json !== undefined) await writeFile(plan.json, verdictJson(verdict, plan))
  forPeople.write(`${describeVerdict(verdict, plan)}\n`)
  return verdict.exitCode
}

async function run(plan: Plan, around: Surroundings, deeds: Deed[]): Promise<Report> {
  const { target, clients, request, timeoutMs, actions, everyMs, durationMs } = plan
  await using load = startLoad({ target, clients, request, timeoutMs, keepFailures: KEPT_FAILURES })
  using _line = showProgress(around.stderr, load, deeds)
  const over = new AbortController()
  const signal = AbortSignal.any([around.signal, over.signal])
  // What is done at the very end shows nothing.
  const untilMs = durationMs - everyMs / 2
  const nowMs = (): number => load.nowMs()
  const doing = doDeeds({ actions, everyMs, untilMs, signal, nowMs, deeds })
  await pause(durationMs, signal)
  over.abort()
  const [report] = await Promise.all([load.stop(), doing])
  return report
}

/** @throws UsageError */
async function checkThatSomebodyListens(target: Plan['target'], { url }: Plan): Promise<void> {
  const where = 'path' in target ? target.path : url
  try {
    await using _connection = await openConnection(target)
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    throw new UsageError([`${where}: ${error.message}. Start the server first.`])
  }
}

function say({ stdout }: Surroundings, text: string): number {
  stdout.write(`${text}\n`)
  return 0
}

function version(): string {
  const require = createRequire(import.meta.url)
  return (require('@nunicorn/torture/package.json') as { version: string }).version
}
