import { freePort, isFree } from './free-port.ts'
import type { Facts } from './facts.ts'
import { missingTool } from './faults/tools.ts'
import { type Aftermath, judge } from './judge.ts'
import { descendantsOf, endAll, type Identity, zombiesOf } from './processes.ts'
import { createProject, type Project } from './project.ts'
import type { Cell, Ran } from './results.ts'
import type { Scenario } from './scenario.ts'
import { createStage, identities, survivors, type Vitals, vitalsOf, whoAnswers } from './stage.ts'
import type { Server, StartPlan, System } from './system.ts'
import { until } from './until.ts'

export interface Form {
  readonly name: Ran['form']
  readonly repeats: number
  /** Requests of one repeat, where it is about loss. */
  readonly volume: number
}

/** Runs a scenario with a system, as often as it takes, and looks what is left afterwards. */
export async function runCell(scenario: Scenario, system: System, form: Form): Promise<Cell> {
  const unable = whyUnable(scenario, system)
  if (unable !== undefined) return { type: 'unable', why: unable }
  const missing =
    scenario.tools?.map(missingTool).find((why) => why !== undefined) ?? (await system.missing())
  if (missing !== undefined) return { type: 'skipped', why: missing }
  const repeats = form.name === 'short' ? 1 : (scenario.repeats ?? form.repeats)
  const facts: Facts[] = []
  const run: Run = { scenario, system, form, seen: emptyTraces() }
  let mishap: string | undefined
  try {
    if (scenario.ends || scenario.fresh)
      for (let count = 0; count < repeats; count += 1) facts.push(...(await playOnce(run, 1)))
    else facts.push(...(await playOnce(run, repeats)))
  } catch (error) {
    mishap = error instanceof Error ? error.message : String(error)
  }
  const ran = judge(scenario, {
    facts,
    aftermath: run.seen,
    form: form.name,
    at: new Date().toISOString(),
  })
  if (mishap === undefined) return ran
  const broken = [
    { what: 'it can be played to its end', passed: false, detail: mishap },
    ...ran.broken,
  ]
  return { ...ran, passed: false, recovered: false, broken }
}

function whyUnable({ needs = [], routes }: Scenario, system: System): string | undefined {
  const lacking = needs.find((ability) => !system.abilities.has(ability))
  if (lacking === 'is-nunicorn') return 'about nunicorn itself'
  if (lacking !== undefined) return cannot[lacking]
  return routes === 'all' && system.routes !== 'all' ? 'not with an app in JavaScript' : undefined
}

const cannot = {
  restarts: 'restarts nothing',
  reloads: 'has no reload',
  watches: 'has no watchdog',
  scales: 'does not scale by signals',
  stops: 'nobody to stop',
} as const

interface Run {
  readonly scenario: Scenario
  readonly system: System
  readonly form: Form
  readonly seen: { -readonly [Key in keyof Aftermath]: Aftermath[Key] }
}

function emptyTraces(): Run['seen'] {
  return { orphans: 0, zombies: 0, portFree: true, askedTwice: 0 }
}

/** One server, on which the scenario is played so many times. */
async function playOnce(run: Run, repeats: number): Promise<readonly Facts[]> {
  const { scenario, system, form, seen } = run
  const { setup = {} } = scenario
  const { workers = 2, args = [], env = {}, build = { version: '1' } } = setup
  await using project = await createProject(build)
  for (const [name, text] of Object.entries(setup.files ?? {})) await project.write(name, text)
  const port = await freePort()
  const start = (moreArgs: readonly string[], more: Partial<StartPlan> = {}) =>
    system.start({
      project,
      port,
      workers,
      env,
      wrapper: [],
      ...more,
      args: [...args, ...moreArgs],
    })
  const beganAt = performance.now()
  await using server = await start([])
  if (!setup.unready && !(await answers(server, workers)))
    throw new Error(`it does not start: ${server.log.lines.slice(-10).join('\n')}`)
  const bootMs = performance.now() - beganAt
  const family: Identity[] = []
  // Who has lost his supervisor belongs to no server any more, and may never end by himself.
  await using _family = { [Symbol.asyncDispose]: () => endAll(family) }
  const meet = (): void => void family.push(...identities(membersOf(server)))
  const vitals: Vitals[] = []
  const facts: Facts[] = []
  try {
    for (let count = 0; count < repeats; count += 1) {
      meet()
      await using stage = createStage({
        system,
        server,
        project,
        workers,
        bootMs,
        startAnother: start,
        volume: form.volume,
        short: form.name === 'short',
      })
      facts.push(await scenario.inject(stage))
      meet()
      const { supervisor } = server
      if (supervisor !== undefined) {
        await until(() => zombiesOf(supervisor).length === 0, { withinMs: 2_000 })
        seen.zombies += zombiesOf(supervisor).length
      }
      vitals.push(...[vitalsOf(server)].filter((each) => each !== undefined))
    }
  } finally {
    seen.askedTwice += repeated(project)
    seen.log = logOf(server, { beganAt, before: seen.log })
    if (!scenario.ends && system.abilities.has('stops')) seen.exit = await terminate(server)
    await until(() => survivors(family).length === 0, { withinMs: 3_000 })
    if (system.abilities.has('stops')) seen.orphans += survivors(family).length
    await server[Symbol.asyncDispose]()
    seen.portFree &&= await isFree(port)
  }
  const [first, last] = [vitals[0], vitals.at(-1)]
  if (!scenario.ends && first && last) seen.vitals = { first, last }
  return facts
}

/** Until each worker has answered. */
async function answers(server: Server, workers: number): Promise<boolean> {
  const pids = new Set<number | undefined>()
  return await until(
    async () => {
      const pid = await whoAnswers(server)
      if (pid !== undefined) pids.add(pid)
      return pids.size >= workers
    },
    { everyMs: 5 },
  )
}

function membersOf({ supervisor, workers }: Server): readonly number[] {
  return supervisor === undefined ? workers() : [supervisor, ...descendantsOf(supervisor)]
}

/** The exit code, or that there is none: `graceful-timeout` is 5 s. */
async function terminate(server: Server): Promise<number | string> {
  server.terminate()
  const late = new Promise<string>((resolve) =>
    setTimeout(() => resolve('none: it goes on after 7 s'), 7_000).unref(),
  )
  return await Promise.race([server.exited, late])
}

function repeated(project: Project): number {
  const arrivals = project.arrivals()
  return arrivals.length - new Set(arrivals).size
}

/** Lines that begin with the pid of the arbiter are its own: workers print beside it. */
function logOf(
  { log, supervisor }: Server,
  { beganAt, before }: { readonly beganAt: number; readonly before: Aftermath['log'] },
): NonNullable<Aftermath['log']> {
  const own = log.lines.filter((line) => line.includes(`] [${supervisor}] [`)).length
  const minutes = (performance.now() - beganAt) / 60_000
  return {
    lines: own + (before?.lines ?? 0),
    // Each server may say at its start and its end what belongs there.
    minutes: Math.max(1, minutes) + (before?.minutes ?? 0),
  }
}
