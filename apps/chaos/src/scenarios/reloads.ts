import { setTimeout as sleep } from 'node:timers/promises'

import type { ClientSpec } from '@nunicorn/torture'

import {
  atLeast,
  atMost,
  check,
  type Check,
  equal,
  nothingLost,
  recovers,
  says,
  unharmed,
} from '../checks.ts'
import { clientA, clientB } from '../clients.ts'
import { type Facts, factsOf, lostOf } from '../facts.ts'
import { defineScenario, type Scenario } from '../scenario.ts'
import { answered, type Stage } from '../stage.ts'
import { until } from '../until.ts'

interface Reloaded extends Facts {
  readonly succeeded: readonly boolean[]
  readonly p99Ms: number
  readonly controlP99Ms: number
  /** The fewest workers that were there at any moment. */
  readonly fewestWorkers: number
  /** How many requests the newest build has answered. */
  readonly newest: number
}

let deployed = 1

/** Two reloads in a row, five times over: ten. Before them as much load without, to compare. */
async function reloadTwice(stage: Stage, clients: readonly ClientSpec[]): Promise<Reloaded> {
  const { server, project, volume } = stage
  const control = stage.load(clients)
  await answered(control, volume / 4)
  const { percentileMs } = await control.stop()
  const load = stage.load(clients)
  await answered(load, volume / 4)
  let fewestWorkers = Infinity
  const watch = setInterval(() => {
    fewestWorkers = Math.min(fewestWorkers, server.workers().length)
  }, 20)
  const succeeded: boolean[] = []
  let version = ''
  for (let count = 0; count < 2; count += 1) {
    version = String((deployed += 1))
    await project.deploy({ version })
    succeeded.push(await server.reload())
    await answered(load, volume / 4)
  }
  clearInterval(watch)
  const atLeastSoMany = load.progress.requests < volume ? volume - load.progress.requests : 0
  await answered(load, atLeastSoMany)
  const recovered = (await stage.recovery({ withinMs: 15_000 })) !== undefined
  const report = await load.stop()
  return {
    ...factsOf(report),
    succeeded,
    recovered,
    fewestWorkers,
    p99Ms: report.percentileMs(99) - report.clientStallMs,
    controlP99Ms: percentileMs(99),
    newest: report.versions.get(version)?.answers ?? 0,
    incidents: 2,
    log: stage.logSinceStart(),
  }
}

function reloadedWell(seen: Reloaded): readonly Check[] {
  return [
    ...unharmed(seen),
    equal('the outcome of the reloads', seen.succeeded, [true, true]),
    atLeast('workers at any moment', seen.fewestWorkers, 2),
    atLeast('answers of the newest build', seen.newest, 1),
    // Booting takes CPU from those who serve: on two of them that costs everybody some.
    atMost('p99 in ms', seen.p99Ms, 3 * seen.controlP99Ms + 50),
  ]
}

interface Refused extends Facts {
  readonly succeeded: boolean
  readonly kept: boolean
  /** Answers of the bad build. */
  readonly bad: number
  readonly aliveLater: boolean
}

/** A build that must not get in is reloaded under A. */
async function reloadBad(
  stage: Stage,
  build: Parameters<typeof stage.project.deploy>[0],
  version = 'bad',
): Promise<Refused> {
  const { server, project, volume } = stage
  const before = server.workers()
  const load = stage.load()
  await answered(load, volume / 2)
  await project.deploy(build)
  const succeeded = await server.reload().catch(() => false)
  await answered(load, volume / 2, 8_000)
  const kept = before.every((pid) => server.workers().includes(pid))
  // For what only shows later.
  await sleep(stage.short ? 500 : 3_000)
  await answered(load, 100, 4_000)
  const report = await load.stop()
  const facts = factsOf(report)
  const bad = report.versions.get(version)?.answers ?? 0
  const strangers = report.failures.filter(
    ({ worker }) => worker !== undefined && before.includes(Number(worker)),
  ).length
  const recovered = (await stage.recovery({ withinMs: 3_000 })) !== undefined
  await project.deploy({ version: 'mended' })
  // So that the next repeat finds a server that serves.
  if (!recovered) {
    await server.reload().catch(() => false)
    await stage.recovery({ withinMs: 15_000 })
  }
  return {
    ...facts,
    // A canary that dies by itself takes what it held: A gives one worker of three at most its third of 64.
    excused: strangers === 0 && bad > 0 && facts.failed <= 64 ? facts.failed : 0,
    succeeded,
    kept,
    bad,
    recovered,
    aliveLater: (await stage.recovery({ withinMs: 10_000 })) !== undefined,
    incidents: 2,
    log: stage.logSinceStart(),
  }
}

function rolledBack(seen: Refused): readonly Check[] {
  return [
    ...unharmed(seen),
    check('the reload says that it failed', !seen.succeeded, 'it says that it was done'),
    check('the old workers stay', seen.kept, 'they are gone'),
    check('the service goes on', seen.aliveLater, 'it does not'),
  ]
}

export const reloads: readonly Scenario[] = [
  defineScenario<Reloaded>({
    row: 26,
    needs: ['reloads'],
    inject: (stage) => reloadTwice(stage, [clientA]),
    judge: reloadedWell,
  }),

  defineScenario<Reloaded & { readonly careless: Facts }>({
    row: 27,
    needs: ['reloads'],
    async inject(stage) {
      const honours = await reloadTwice(stage, [clientB()])
      const careless = await reloadTwice(stage, [clientB(false)])
      return { ...honours, careless, requests: honours.requests + careless.requests }
    },
    judge: (seen) => [
      ...reloadedWell(seen),
      atMost(
        '% lost of those who ignore the hint',
        (100 * lostOf(seen.careless)) / seen.careless.requests,
        0.01,
      ),
    ],
  }),

  defineScenario<Refused>({
    row: 28,
    needs: ['reloads'],
    repeats: 3,
    inject: (stage) => reloadBad(stage, 'syntax-error'),
    judge: (seen) => [...rolledBack(seen), ...says(seen, /app\.mjs.*has a syntax error/)],
  }),

  defineScenario<Refused & { readonly hang: Refused }>({
    row: 29,
    needs: ['reloads'],
    repeats: 2,
    async inject(stage) {
      const fail = await reloadBad(stage, { version: 'bad', boot: 'slow-fail' })
      const hang = await reloadBad(stage, { version: 'bad', boot: 'hang' })
      return {
        ...hang,
        requests: fail.requests + hang.requests,
        failed: fail.failed + hang.failed,
        excused: fail.excused + hang.excused,
        succeeded: fail.succeeded || hang.succeeded,
        kept: fail.kept && hang.kept,
        recovered: fail.recovered && hang.recovered,
        incidents: 4,
        hang,
      }
    },
    judge: (seen) => [
      ...rolledBack(seen),
      ...says(seen, /this build fails on purpose/),
      ...says(seen, /was not ready within boot-timeout/),
    ],
  }),

  defineScenario<Refused>({
    row: 30,
    needs: ['reloads'],
    repeats: 3,
    inject: (stage) => reloadBad(stage, { version: 'bad', boot: 'exit-after' }),
    judge: (seen) => [
      ...rolledBack(seen),
      ...says(seen, /Reload failed.*exited by itself with code 9/),
    ],
  }),

  defineScenario<Facts & { readonly order: readonly string[]; readonly follow: number }>({
    row: 34,
    needs: ['is-nunicorn'],
    repeats: 2,
    async inject(stage) {
      const { server, project } = stage
      const from = server.log.lines.length
      const load = stage.load()
      await answered(load, stage.volume / 2)
      await project.deploy({ version: 'first', boot: 'slow' })
      const first = server.reload()
      await server.log.waitFor(/Reloading: generation/, { from })
      await until(() => server.workers().length > 2)
      await project.deploy({ version: 'newest' })
      process.kill(server.supervisor ?? 0, 'SIGHUP')
      await first
      await server.log.waitFor(/Reloaded: all workers/, { from, count: 2, withinMs: 30_000 })
      await answered(load, stage.volume / 2)
      const recovered = (await stage.recovery()) !== undefined
      const report = await load.stop()
      const last = Math.max(...[...report.versions.values()].map(({ lastMs }) => lastMs))
      const order = [...report.versions]
        .filter(([, { lastMs }]) => lastMs === last)
        .map(([name]) => name)
      const lines = stage.logSinceStart() ?? []
      const follow = lines.filter((line) => /Reloading: generation/.test(line)).length
      return { ...factsOf(report), recovered, order, follow, incidents: 3, log: lines }
    },
    judge: (seen) => [
      ...unharmed(seen),
      equal('the build that answers in the end', seen.order, ['newest']),
      equal('the number of reloads', seen.follow, 2),
    ],
  }),

  defineScenario<Facts & { readonly count: number }>({
    row: 43,
    needs: ['scales'],
    async inject(stage) {
      const { server, volume } = stage
      const load = stage.load()
      await answered(load, volume / 2)
      const signals: NodeJS.Signals[] = Array.from({ length: 100 }, (_, index) =>
        index % 2 === 0 ? 'SIGTTIN' : 'SIGTTOU',
      )
      // In an order by chance that never asks for less than there was.
      let balance = 0
      while (signals.length > 0) {
        const wanted = balance > 0 && (Math.random() < 0.5 || balance > 6) ? 'SIGTTOU' : 'SIGTTIN'
        const at = signals.includes(wanted) ? signals.indexOf(wanted) : 0
        const [signal = 'SIGTTIN'] = signals.splice(at, 1)
        balance += signal === 'SIGTTIN' ? 1 : -1
        const from = server.log.lines.length
        process.kill(server.supervisor ?? 0, signal)
        // The kernel keeps one signal of a kind: a second one before the first is taken is no second one.
        if (stage.system.abilities.has('is-nunicorn'))
          await server.log.waitFor(/Scaling to/, { from })
        else await sleep(100)
      }
      await answered(load, volume / 2)
      const recovered = (await stage.recovery({ withinMs: 20_000 })) !== undefined
      return {
        ...factsOf(await load.stop()),
        recovered,
        count: server.workers().length,
        incidents: 100,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      nothingLost(seen),
      recovers(seen),
      equal('the number of workers', seen.count, 2),
    ],
  }),
]
