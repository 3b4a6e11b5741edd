import { execFileSync, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

import {
  atMost,
  type Check,
  equal,
  nothingLost,
  nothingRefused,
  recovers,
  says,
  unharmed,
} from '../checks.ts'
import { clientC, post } from '../clients.ts'
import { type Facts, factsOf } from '../facts.ts'
import { block } from '../faults/block.ts'
import { createControlGroup } from '../faults/cgroup.ts'
import { contained, hang, type Hung, timeoutMs } from '../hang.ts'
import { send } from '../processes.ts'
import { defineScenario, type Scenario } from '../scenario.ts'
import { answered, type Stage } from '../stage.ts'
import { until } from '../until.ts'

interface Spared extends Facts {
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** Something strange is done to the workers, but none of them hangs. */
async function spare(
  stage: Stage,
  {
    disturb,
    rate = 250,
    timeoutMs: patience = 4_000,
  }: {
    readonly disturb: () => Promise<void>
    readonly rate?: number
    readonly timeoutMs?: number
  },
): Promise<Spared> {
  const before = stage.server.workers()
  const load = stage.load([clientC(rate)], { timeoutMs: patience })
  await answered(load, 50)
  await disturb()
  await answered(load, 50)
  const facts = factsOf(await load.stop())
  const recovered = (await stage.recovery()) !== undefined
  const after = stage.server.workers()
  return { ...facts, before, after, recovered, incidents: 1, log: stage.logSinceStart() }
}

function nobodyKilled({ before, after }: Spared): Check {
  return equal('the workers', after, before)
}

export const hung: readonly Scenario[] = [
  defineScenario<Hung>({
    row: 14,
    inject: (stage) => hang(stage, () => block(stage, '/block')),
    judge: (seen) => [
      ...contained(seen),
      ...says(seen, /did not answer within timeout and was spinning/),
      ...says(seen, /at blockForEver \(.*app\.ts:\d+:\d+\)/),
    ],
  }),

  defineScenario<Hung>({
    row: 15,
    inject: (stage) =>
      hang(stage, () => {
        const [victim = 0] = stage.server.workers()
        send('SIGSTOP', [victim])
        return Promise.resolve(victim)
      }),
    judge: (seen) => [
      ...contained(seen),
      atMost('timeouts', seen.timeouts, 4),
      ...says(seen, /did not answer within timeout and was stopped/),
    ],
  }),

  defineScenario<Spared>({
    row: 16,
    inject: (stage) =>
      spare(stage, {
        async disturb() {
          const [victim = 0] = stage.server.workers()
          send('SIGSTOP', [victim])
          await sleep(1_000)
          send('SIGCONT', [victim])
        },
      }),
    judge: (seen) => [...unharmed(seen), nobodyKilled(seen)],
  }),

  defineScenario<Hung>({
    row: 17,
    routes: 'all',
    tools: ['mkfifo'],
    repeats: 2,
    inject: (stage) =>
      hang(stage, async () => {
        const path = stage.project.path(`fifo-${performance.now()}`)
        execFileSync('mkfifo', [path])
        return await block(stage, `/fifo?path=${path}`)
      }),
    judge: (seen) => [...contained(seen), ...says(seen, /within timeout and was blocked in \w+/)],
  }),

  defineScenario<Spared>({
    row: 19,
    tools: ['nice'],
    repeats: 1,
    inject: (stage) =>
      spare(stage, {
        rate: 20,
        // Starved is starved: this row is about who is killed for it.
        timeoutMs: 30_000,
        async disturb() {
          const loops = Array.from({ length: 8 }, () =>
            spawn('nice', ['-n', '-5', process.execPath, '-e', 'for (;;);']),
          )
          await sleep(stage.short ? 10_000 : 60_000)
          for (const loop of loops) loop.kill('SIGKILL')
        },
      }),
    judge: (seen) => [...unharmed(seen), nobodyKilled(seen)],
  }),

  defineScenario<Spared>({
    row: 20,
    tools: ['cgroup-cpu'],
    needs: ['stops'],
    repeats: 1,
    inject: (stage) =>
      spare(stage, {
        rate: 100,
        timeoutMs: 30_000,
        async disturb() {
          const group = stage.use(createControlGroup('cpu'))
          if (group.version === 2) group.set('cpu.max', '30000 100000')
          else {
            group.set('cpu.cfs_period_us', '100000')
            group.set('cpu.cfs_quota_us', '30000')
          }
          const all = [stage.server.supervisor ?? 0, ...stage.server.workers()]
          for (const pid of all) group.add(pid)
          const busy = stage.load([{ kind: 'connection-per-request', concurrency: 32 }], {
            timeoutMs: 30_000,
          })
          await sleep(stage.short ? 10_000 : 60_000)
          await busy.stop()
          group.leave(all)
        },
      }),
    judge: (seen) => [...unharmed(seen), nobodyKilled(seen)],
  }),

  defineScenario<Spared>({
    row: 21,
    repeats: 1,
    inject: (stage) =>
      spare(stage, {
        rate: 50,
        async disturb() {
          for (let count = 0; count < (stage.short ? 2 : 6); count += 1) {
            await stage.ask('/cpu?ms=1500')
            await sleep(3_500)
          }
        },
      }),
    judge: (seen) => [...unharmed(seen), nobodyKilled(seen)],
  }),

  defineScenario<Facts & { readonly backMs: number; readonly bootMs: number }>({
    row: 23,
    needs: ['watches'],
    repeats: 2,
    async inject(stage) {
      const victims = stage.server.workers()
      const blocked = new Set<number>()
      await until(async () => {
        const pid = await block(stage, '/block')
        blocked.add(pid)
        return blocked.size === victims.length
      })
      const from = performance.now()
      // They wait in the queue until the replacements are there.
      const load = stage.load([clientC(50)], { timeoutMs: 20_000, request: post })
      await until(() => !victims.some((pid) => stage.server.workers().includes(pid)), {
        withinMs: 15_000,
      })
      const recovered = (await stage.recovery({ gone: victims })) !== undefined
      const backMs = performance.now() - from
      await answered(load, 100)
      return {
        ...factsOf(await load.stop()),
        recovered,
        backMs,
        bootMs: stage.bootMs,
        incidents: 2,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      nothingRefused(seen),
      nothingLost(seen),
      recovers(seen),
      atMost('ms until all are back', seen.backMs, timeoutMs + seen.bootMs + 2_000),
    ],
  }),
]
