import { execFileSync } from 'node:child_process'

import { check, equal, atMost, recovers, says, unharmed } from '../checks.ts'
import { type Facts, factsOf, noFacts } from '../facts.ts'
import { childrenOf, identify, isAlive } from '../processes.ts'
import { defineScenario, type Scenario } from '../scenario.ts'
import { answered } from '../stage.ts'
import { until } from '../until.ts'

interface Ended extends Facts {
  readonly exit: number | string
  readonly tookMs: number
}

export const boots: readonly Scenario[] = [
  defineScenario<Ended>({
    row: 24,
    needs: ['is-nunicorn'],
    ends: true,
    repeats: 2,
    setup: { build: { version: 'bad', boot: 'hang' }, unready: true, args: ['--boot-timeout=2s'] },
    async inject(stage) {
      const { server } = stage
      const from = performance.now()
      const exit = await server.exited
      const tookMs = performance.now() - from
      const log = server.log.lines.slice()
      // The other half: the same build in a reload.
      await stage.project.deploy({ version: '1' })
      const another = await stage.startAnother(['--boot-timeout=2s'])
      await another.log.waitFor(/is ready/, { count: 2 })
      const before = another.workers()
      await stage.project.deploy({ version: 'bad', boot: 'hang' })
      const reloaded = await another.reload()
      const kept = before.every((pid) => another.workers().includes(pid))
      another.terminate()
      await another.exited
      return { ...noFacts, exit, tookMs, recovered: !reloaded && kept, incidents: 2, log }
    },
    judge: (seen) => [
      equal('the exit code', seen.exit, 3),
      atMost('ms until it gives up', seen.tookMs, 2_000 + 3_000),
      check('a reload with it is rolled back', seen.recovered, 'it is not'),
      ...says(seen, /was not ready within boot-timeout/),
    ],
  }),

  defineScenario<Ended & { readonly survivors: number }>({
    row: 49,
    needs: ['stops'],
    ends: true,
    setup: { build: { version: '1', boot: 'slow' }, unready: true },
    async inject(stage) {
      const { server } = stage
      const { supervisor = 0 } = server
      await until(() => childrenOf(supervisor).length >= 2)
      const family = [supervisor, ...childrenOf(supervisor)].flatMap((pid) => identify(pid) ?? [])
      const from = performance.now()
      server.terminate()
      const gone = await until(() => !family.some(isAlive), { withinMs: 10_000 })
      const tookMs = performance.now() - from
      return {
        ...noFacts,
        exit: gone ? await server.exited : 'none',
        tookMs,
        survivors: family.filter(isAlive).length,
        recovered: true,
        incidents: 1,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      atMost('ms until the end', seen.tookMs, 2_000),
      equal('the number of survivors', seen.survivors, 0),
      ...(seen.log === undefined ? [] : [equal('the exit code', seen.exit, 0)]),
    ],
  }),

  defineScenario<Facts & { readonly answers: number }>({
    row: 72,
    needs: ['is-nunicorn'],
    tools: ['mkfifo'],
    repeats: 1,
    setup: { args: ['--boot-timeout=2s'] },
    async inject(stage) {
      const { server, project } = stage
      const fifo = project.path('slow-module.mjs')
      execFileSync('mkfifo', [fifo])
      const load = stage.load()
      await answered(load, stage.volume / 2)
      // A module that never comes off the disk.
      await project.write('app.mjs', `import ${JSON.stringify(fifo)}\nexport default () => {}\n`)
      const reloaded = await server.reload()
      await answered(load, stage.volume / 2)
      await project.deploy({ version: '1' })
      const report = await load.stop()
      const recovered = (await stage.recovery()) !== undefined && !reloaded
      return {
        ...factsOf(report),
        recovered,
        answers: report.ok,
        incidents: 2,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      ...unharmed(seen),
      recovers(seen),
      ...says(seen, /was not ready within boot-timeout/),
    ],
  }),
]
