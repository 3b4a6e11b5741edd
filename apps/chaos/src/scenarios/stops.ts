import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import { openConnection, type Report } from '@nunicorn/torture'

import { atMost, check, equal, nothingLost } from '../checks.ts'
import { clientA, clientB } from '../clients.ts'
import { end, endedWell, familyOf, gracefulMs, type Stopped } from '../ending.ts'
import { factsOf, noFacts } from '../facts.ts'
import { isFree } from '../free-port.ts'
import { statusOf } from '../probe.ts'
import { isAlive, send } from '../processes.ts'
import { defineScenario, type Scenario } from '../scenario.ts'
import { answered } from '../stage.ts'
import { until } from '../until.ts'

/**
 * Of a stop's failures those that it must answer for: what was sent before it, and whoever was let in after the port had
 * begun to refuse. Refusals are what a stopped server owes.
 */
function stoppedFacts(report: Report, stoppedMs: number) {
  const refused = report.failures.filter(({ outcome }) => outcome === 'refused')
  const closedMs = Math.min(...refused.map(({ openedMs }) => openedMs))
  const wrong = report.failures.filter(
    ({ outcome, sentMs, openedMs, reused }) =>
      sentMs < stoppedMs || (outcome !== 'refused' && (openedMs > closedMs || reused)),
  ).length
  return { ...factsOf(report), requests: report.ok + wrong, failed: wrong, excused: 0, refused: 0 }
}

export const stops: readonly Scenario[] = [
  defineScenario<Stopped & { readonly left: readonly string[] }>({
    row: 44,
    needs: ['stops'],
    ends: true,
    setup: {
      args: ['--pid=chaos.pid', '--bind=unix:chaos.sock', '--bind=127.0.0.1:0'],
      unready: true,
    },
    async inject(stage) {
      const { server, project, system } = stage
      if (system.abilities.has('is-nunicorn')) await server.log.waitFor(/is ready/, { count: 2 })
      else await stage.recovery()
      const ended = await end(stage, () => server.terminate())
      return {
        ...noFacts,
        ...ended,
        left: ['chaos.pid', 'chaos.sock'].filter((name) => existsSync(project.path(name))),
        incidents: 1,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [...endedWell(seen, 500), equal('what is left behind', seen.left, [])],
  }),

  defineScenario<Stopped>({
    row: 45,
    needs: ['stops'],
    ends: true,
    async inject(stage) {
      const load = stage.load([clientA, clientB()])
      await answered(load, stage.volume)
      // What has been issued is in the kernel's hands a turn later.
      await new Promise((resolve) => setImmediate(resolve))
      const stoppedMs = load.nowMs()
      const ended = await end(stage, () => stage.server.terminate())
      return {
        ...stoppedFacts(await load.stop(), stoppedMs),
        ...ended,
        recovered: true,
        incidents: 1,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [nothingLost(seen), ...endedWell(seen, gracefulMs + 1_000)],
  }),

  defineScenario<Stopped & { readonly quick: Stopped['exit']; readonly quickMs: number }>({
    row: 47,
    needs: ['stops'],
    ends: true,
    repeats: 3,
    async inject(stage) {
      await stage.hold('/sleep?ms=60000')
      const { server } = stage
      const ended = await end(stage, async () => {
        server.terminate()
        await sleep(300)
        server.terminate()
      })
      return {
        ...noFacts,
        ...ended,
        tookMs: ended.tookMs - 300,
        quick: ended.exit,
        quickMs: ended.tookMs,
        incidents: 1,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      atMost('ms from the second signal to the end', seen.tookMs, 1_000),
      equal('the number of survivors', seen.survivors, 0),
      ...(seen.log === undefined ? [] : [equal('the exit code', seen.exit, 128 + 15)]),
    ],
  }),

  defineScenario<Stopped>({
    row: 48,
    needs: ['stops'],
    ends: true,
    repeats: 3,
    async inject(stage) {
      const { server } = stage
      const silent = await Promise.all(
        Array.from({ length: 100 }, async () => stage.use(await openConnection(server.target))),
      )
      // They are accepted, not only queued.
      await stage.recovery()
      const ended = await end(stage, () => server.terminate())
      const endings = await Promise.all(
        silent.map(({ ending, closed }) => ending ?? Promise.race([closed, sleep(1_000, 'open')])),
      )
      return {
        ...noFacts,
        ...ended,
        requests: silent.length,
        failed: endings.filter((ending) => ending !== 'fin').length,
        incidents: 1,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [nothingLost(seen), ...endedWell(seen, gracefulMs + 500)],
  }),

  defineScenario<Stopped>({
    row: 22,
    needs: ['watches'],
    ends: true,
    repeats: 2,
    setup: { build: { version: '1', boot: 'ignore-term' } },
    async inject(stage) {
      const { server } = stage
      // One is in an endless loop as well.
      await stage.hold('/block')
      await sleep(100)
      const ended = await end(stage, () => server.terminate())
      return { ...noFacts, ...ended, incidents: 2, log: stage.logSinceStart() }
    },
    judge: (seen) => endedWell(seen, gracefulMs + 1_000),
  }),

  defineScenario<Stopped>({
    row: 35,
    needs: ['is-nunicorn'],
    ends: true,
    repeats: 3,
    async inject(stage) {
      const { server } = stage
      const load = stage.load()
      await answered(load, stage.volume)
      await stage.project.deploy({ version: '2', boot: 'slow' })
      process.kill(server.supervisor ?? 0, 'SIGHUP')
      await sleep(100)
      const newcomers = familyOf(server)
      const stoppedMs = load.nowMs()
      const ended = await end(stage, () => server.terminate())
      return {
        ...stoppedFacts(await load.stop(), stoppedMs),
        ...ended,
        recovered: true,
        survivors: ended.survivors + newcomers.filter(isAlive).length,
        incidents: 2,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [nothingLost(seen), ...endedWell(seen, gracefulMs + 1_000)],
  }),

  defineScenario<
    Stopped & { readonly free: boolean; readonly restarts: boolean; readonly lost: number }
  >({
    row: 50,
    needs: ['stops'],
    ends: true,
    repeats: 3,
    async inject(stage) {
      const { server } = stage
      const slow = await Promise.all(Array.from({ length: 6 }, () => stage.hold('/sleep?ms=1500')))
      // Sent before one of the workers stands still, so that they are with one or the other.
      await stage.recovery()
      await stage.hold('/block')
      await sleep(300)
      const answers = slow.map((each) =>
        each.readAnswer({ timeoutMs: 4_000 }).then(
          () => true,
          () => false,
        ),
      )
      const ended = await end(stage, () => send('SIGKILL', [server.supervisor ?? 0]))
      const alive = (await Promise.all(answers)).filter(Boolean).length
      const free = await isFree(server.target.port)
      const again = await stage.startAnother([])
      const restarts = await until(async () => (await statusOf(again.target)) === 200, {
        withinMs: 10_000,
      })
      again.terminate()
      await until(() => familyOf(again).length === 0, { withinMs: 8_000 })
      return { ...noFacts, ...ended, free, restarts, lost: 6 - alive, incidents: 1, log: undefined }
    },
    judge: (seen) => [
      // The healthy one drains, and the last answer takes 1.5 s; idle connections may stay for what they were promised.
      atMost('ms until all are gone', seen.tookMs, gracefulMs),
      equal('the number of survivors', seen.survivors, 0),
      check('the port can be bound', seen.free, 'it cannot'),
      check('it can be started again', seen.restarts, 'it does not answer'),
    ],
  }),
]
