import { setTimeout as sleep } from 'node:timers/promises'

import { killWithOracle } from '@nunicorn/torture'

import { clientC } from '../clients.ts'
import { atMost, check, recovers, says, unharmed } from '../checks.ts'
import { type Facts, factsOf, noFacts } from '../facts.ts'
import { createControlGroup } from '../faults/cgroup.ts'
import { identify, isAlive } from '../processes.ts'
import { defineScenario, type Scenario } from '../scenario.ts'
import { answered, type Stage } from '../stage.ts'

interface Looped extends Facts {
  readonly spawned: number
  readonly lines: number
  readonly supervisorAlive: boolean
}

export const crashLoops: readonly Scenario[] = [
  defineScenario<Looped>({
    row: 11,
    needs: ['restarts', 'stops'],
    routes: 'all',
    repeats: 1,
    setup: { build: { version: 'bad', boot: 'crash-loop' }, unready: true },
    async inject(stage) {
      const { server } = stage
      const self = identify(server.supervisor ?? 0)
      const seen = new Set<number>()
      const watch = setInterval(() => server.workers().forEach((pid) => seen.add(pid)), 5)
      await sleep(stage.short ? 12_000 : 60_000)
      clearInterval(watch)
      const lines = server.log.lines.length
      const supervisorAlive = self !== undefined && isAlive(self)
      await stage.project.deploy({ version: 'good' })
      const recovered = (await stage.recovery({ withinMs: 60_000 })) !== undefined
      await saidRecovered(stage)
      return {
        ...noFacts,
        recovered,
        spawned: seen.size,
        lines,
        supervisorAlive,
        incidents: 2,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      atMost('processes started in a minute', seen.spawned, 30),
      atMost('lines logged', seen.lines, 30),
      check('the supervisor lives', seen.supervisorAlive, 'it has ended'),
      recovers(seen),
      ...says(seen, /Degraded/),
      ...says(seen, /Recovered/),
    ],
  }),

  defineScenario({
    row: 12,
    fresh: true,
    needs: ['is-nunicorn'],
    repeats: 2,
    async inject(stage) {
      const { server } = stage
      const [, first = '0'] = await server.log.waitFor(/Worker 1 \(pid (\d+)\) is ready/)
      await stage.project.deploy({ version: 'bad', boot: 'fail-in-slot-1' })
      const load = stage.load()
      await answered(load, stage.volume / 2)
      // In a second repeat another one holds the slot.
      const holders = server.log.lines.flatMap(
        (line) => /Worker 1 \(pid (\d+)\) is ready/.exec(line)?.[1] ?? [],
      )
      const held = await killWithOracle(Number(holders.at(-1) ?? first))
      await server.log.waitFor(/Degraded/, { from: server.log.lines.length - 1, withinMs: 20_000 })
      await answered(load, stage.volume / 2)
      const facts = factsOf(await load.stop(), [held])
      await stage.project.deploy({ version: 'good' })
      const recovered = (await stage.recovery({ withinMs: 60_000 })) !== undefined
      await saidRecovered(stage)
      return { ...facts, recovered, incidents: 3, log: stage.logSinceStart() }
    },
    judge: (seen) => [
      ...unharmed(seen),
      ...says(seen, /Degraded: workers of slot 1 keep dying/),
      ...says(seen, /Recovered/),
    ],
  }),

  defineScenario<Facts & { readonly supervisorAlive: boolean }>({
    row: 10,
    needs: ['restarts'],
    routes: 'all',
    tools: ['cgroup-memory'],
    repeats: 1,
    async inject(stage) {
      const group = stage.use(createControlGroup('memory'))
      const { server } = stage
      const self = identify(server.supervisor ?? 0)
      const limit = String(600 * 2 ** 20)
      if (group.version === 2) {
        group.set('memory.max', limit)
        group.set('memory.swap.max', '0')
      } else group.set('memory.limit_in_bytes', limit)
      for (const pid of [server.supervisor ?? 0, ...server.workers()]) group.add(pid)
      const load = stage.load([clientC(50)])
      await answered(load, 50)
      const leaking = await stage.hold('/ids', ['Connection: keep-alive'])
      const victim = Number((await leaking.readAnswer()).headers.get('x-worker'))
      for (let count = 0; count < 30 && server.workers().includes(victim); count += 1) {
        await leaking.send('GET /leak?mb=40&in=buffer HTTP/1.1\r\nHost: chaos\r\n\r\n')
        await leaking.readAnswer({ timeoutMs: 10_000 }).catch(() => {})
      }
      const diedMs = load.nowMs()
      const supervisorAlive = self !== undefined && isAlive(self)
      const recovered = (await stage.recovery({ gone: [victim] })) !== undefined
      await answered(load, 50)
      const report = await load.stop()
      group.leave([server.supervisor ?? 0, ...server.workers()])
      const early = report.failures.filter(({ openedMs }) => openedMs <= diedMs).length
      return {
        ...factsOf(report),
        excused: early <= 20 ? early : 0,
        recovered,
        supervisorAlive,
        incidents: 1,
        log: group.version === 2 ? stage.logSinceStart() : undefined,
      }
    },
    judge: (seen) => [
      ...unharmed(seen),
      check('the supervisor lives', seen.supervisorAlive, 'it has ended'),
      // The kernel tells it in memory.events only in version 2.
      ...says(seen, /out-of-memory killer took it/),
    ],
  }),
]

/** It waits until the new ones have lived for a while. */
async function saidRecovered({ system, server }: Stage): Promise<void> {
  if (!system.abilities.has('is-nunicorn')) return
  await server.log.waitFor(/Recovered/, { withinMs: 60_000 }).catch(() => {})
}
