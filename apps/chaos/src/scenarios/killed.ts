import { clientC } from '../clients.ts'
import { atMost, check, nothingLost, nothingRefused, recovers, says, unharmed } from '../checks.ts'
import { type Facts, factsOf } from '../facts.ts'
import { busiest, endWithOracle, killAllWithOracle } from '../faults/kill.ts'
import { defineScenario, type Scenario } from '../scenario.ts'
import { answered, type Stage } from '../stage.ts'
import { until } from '../until.ts'
import { killWithOracle } from '@nunicorn/torture'

interface Killed extends Facts {
  readonly recoveryMs: number
  readonly bootMs: number
}

/** A busy worker is ended by a signal in the middle of a load of A. */
async function endBusy(stage: Stage, signals: readonly NodeJS.Signals[]): Promise<Killed> {
  const load = stage.load()
  const held = []
  let recoveryMs = 0
  await answered(load, stage.volume / 2)
  for (const signal of signals) {
    const victim = busiest(stage.server)
    held.push(await endWithOracle(victim, signal))
    recoveryMs = Math.max(recoveryMs, (await stage.recovery({ gone: [victim] })) ?? Infinity)
  }
  await answered(load, stage.volume / 2)
  return {
    ...factsOf(await load.stop(), held),
    recovered: recoveryMs !== Infinity,
    recoveryMs,
    bootMs: stage.bootMs,
    incidents: signals.length,
    log: stage.logSinceStart(),
  }
}

function replacedInTime({ recovered, recoveryMs, bootMs }: Killed) {
  return recovered ? [atMost('ms until replaced', recoveryMs, bootMs + 500)] : []
}

export const killed: readonly Scenario[] = [
  defineScenario<Killed>({
    row: 1,
    inject: (stage) => endBusy(stage, ['SIGKILL']),
    judge: (seen) => [
      ...unharmed(seen),
      ...replacedInTime(seen),
      ...says(seen, /ended: a signal from outside, SIGKILL/),
    ],
  }),

  defineScenario({
    row: 2,
    async inject(stage) {
      const load = stage.load([{ kind: 'open-loop', ratePerSecond: 1 }])
      const ids = stage.server.workers()
      await answered(load, 2)
      const held = await killWithOracle(ids[0] ?? 0)
      const recovered = (await stage.recovery({ gone: ids.slice(0, 1) })) !== undefined
      await answered(load, 3)
      // Nobody asked it anything: not even the oracle excuses a failure, unless it struck in the very millisecond.
      return {
        ...factsOf(await load.stop(), [held]),
        recovered,
        incidents: 1,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [...unharmed(seen), atMost('failed requests', seen.failed, 0)],
  }),

  defineScenario<Killed>({
    row: 3,
    needs: ['restarts'],
    async inject(stage) {
      const load = stage.load()
      await answered(load, stage.volume / 2)
      const victims = stage.server.workers()
      const held = await killAllWithOracle(victims)
      const recoveryMs = (await stage.recovery({ gone: victims })) ?? Infinity
      await answered(load, stage.volume / 2)
      return {
        ...factsOf(await load.stop(), held),
        recovered: recoveryMs !== Infinity,
        recoveryMs,
        bootMs: stage.bootMs,
        incidents: victims.length,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [...unharmed(seen), ...replacedInTime(seen)],
  }),

  defineScenario<Facts & { readonly spawned: number }>({
    row: 4,
    needs: ['restarts'],
    async inject(stage) {
      await stage.project.deploy({ version: '2', boot: 'slow' })
      const load = stage.load([clientC(100)])
      await answered(load, 50)
      const before = stage.server.workers()
      const [victim = 0] = before
      const held = await killWithOracle(victim)
      const seen = new Set<number>()
      const newcomer = () => stage.server.workers().filter((pid) => !before.includes(pid))
      await until(() => newcomer().length > 0)
      const [booting = 0] = newcomer()
      process.kill(booting, 'SIGKILL')
      const watch = setInterval(() => newcomer().forEach((pid) => seen.add(pid)), 5)
      const recovered = (await stage.recovery({ gone: [victim, booting] })) !== undefined
      clearInterval(watch)
      seen.delete(booting)
      await answered(load, 50)
      await stage.project.deploy({ version: '1' })
      return {
        ...factsOf(await load.stop(), [held]),
        recovered,
        spawned: seen.size,
        incidents: 2,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [...unharmed(seen), atMost('respawns after that', seen.spawned, 1)],
  }),

  defineScenario<Facts & { readonly reloaded: boolean; readonly kept: boolean }>({
    row: 5,
    needs: ['reloads'],
    async inject(stage) {
      await stage.project.deploy({ version: '2', boot: 'slow' })
      const load = stage.load()
      await answered(load, stage.volume / 2)
      const before = stage.server.workers()
      const reloading = stage.server.reload()
      const newcomer = () => stage.server.workers().find((pid) => !before.includes(pid))
      await until(() => newcomer() !== undefined)
      process.kill(newcomer() ?? 0, 'SIGKILL')
      const reloaded = await reloading
      await stage.project.deploy({ version: '1' })
      const recovered = (await stage.recovery()) !== undefined
      await answered(load, stage.volume / 2)
      return {
        ...factsOf(await load.stop()),
        recovered,
        reloaded,
        kept: before.every((pid) => stage.server.workers().includes(pid)),
        incidents: 2,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      ...unharmed(seen),
      ...(seen.log === undefined
        ? []
        : [
            check('the reload says that it failed', !seen.reloaded, 'it says that it was done'),
            check('the old workers stay', seen.kept, 'they are gone'),
          ]),
      ...says(seen, /Reload failed; the old workers go on serving/),
    ],
  }),

  defineScenario({
    row: 6,
    needs: ['reloads'],
    async inject(stage) {
      const load = stage.load()
      await answered(load, stage.volume / 2)
      const before = stage.server.workers()
      const held = await Promise.all(Array.from({ length: 8 }, () => stage.hold('/sleep?ms=3000')))
      const lost = held.map(async (connection) => {
        try {
          await connection.readAnswer({ timeoutMs: 20_000 })
          return []
        } catch {
          return [connection.localPort]
        }
      })
      const reloading = stage.server.reload()
      // The first worker that drains is one beside which a newcomer has answered.
      await until(() =>
        [...load.progress.workers.keys()].some((pid) => !before.includes(Number(pid))),
      )
      await until(() => stage.server.workers().length > before.length, { withinMs: 3_000 })
      const draining = before.find((pid) => stage.server.workers().includes(pid)) ?? 0
      const oracle = draining === 0 ? undefined : await killWithOracle(draining)
      await reloading
      const recovered = (await stage.recovery({ gone: before })) !== undefined
      await answered(load, stage.volume / 2)
      const facts = factsOf(await load.stop(), oracle ? [oracle] : [])
      const unheld = (await Promise.all(lost))
        .flat()
        .filter((port) => port !== undefined && !oracle?.ports.has(port))
      return {
        ...facts,
        failed: facts.failed + unheld.length,
        recovered,
        incidents: 3,
        log: stage.logSinceStart(),
      }
    },
    judge: unharmed,
  }),

  defineScenario<Facts & { readonly lostAfterDeath: number }>({
    row: 7,
    fresh: true,
    routes: 'all',
    async inject(stage) {
      const load = stage.load()
      let died = 0
      let excusable = 0
      for (const path of ['/throw', '/exit?code=1']) {
        await answered(load, stage.volume / 3)
        const before = stage.server.workers()
        const connection = await stage.hold(path)
        await connection.readAnswer({ timeoutMs: 4_000 }).catch(() => {})
        await until(() => before.some((pid) => !stage.server.workers().includes(pid)), {
          withinMs: 3_000,
          everyMs: 2,
        })
        died = load.nowMs()
        excusable += 64
        if ((await stage.recovery()) === undefined) break
      }
      const recovered = (await stage.recovery()) !== undefined
      await answered(load, stage.volume / 3)
      const report = await load.stop()
      const later = report.failures.filter(({ openedMs }) => openedMs > died).length
      // It ends by itself, so that no oracle can count; at most all that A has in flight can have been with it.
      const excused = report.failed <= excusable ? report.failed - later : 0
      return {
        ...factsOf(report),
        excused,
        recovered,
        lostAfterDeath: later,
        incidents: 2,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      ...unharmed(seen),
      ...says(seen, /it exited by itself with code 1/),
      ...says(seen, /thrown on purpose/),
    ],
  }),

  defineScenario<Killed>({
    row: 8,
    fresh: true,
    inject: (stage) => endBusy(stage, ['SIGSEGV', 'SIGABRT', 'SIGBUS']),
    judge: (seen) => [
      ...unharmed(seen),
      ...says(seen, /SIGSEGV/),
      ...says(seen, /SIGABRT/),
      ...says(seen, /SIGBUS/),
    ],
  }),

  defineScenario({
    row: 9,
    fresh: true,
    routes: 'all',
    setup: { env: { NODE_OPTIONS: '--max-old-space-size=64' } },
    async inject(stage) {
      const load = stage.load()
      await answered(load, stage.volume / 2)
      const before = stage.server.workers()
      const connection = await stage.hold('/ids', ['Connection: keep-alive'])
      const { headers } = await connection.readAnswer()
      const victim = Number(headers.get('x-worker'))
      // On one connection, so that one worker gets it all.
      for (let count = 0; count < 20 && stage.server.workers().includes(victim); count += 1) {
        await connection.send('GET /leak?mb=16 HTTP/1.1\r\nHost: chaos\r\n\r\n')
        await connection.readAnswer({ timeoutMs: 10_000 }).catch(() => {})
      }
      await until(() => !stage.server.workers().includes(victim), { withinMs: 5_000 })
      const diedMs = load.nowMs()
      const recovered = (await stage.recovery({ gone: [victim] })) !== undefined
      await answered(load, stage.volume / 2)
      const report = await load.stop()
      const facts = factsOf(report)
      const early = report.failures.filter(({ openedMs }) => openedMs <= diedMs).length
      return {
        ...facts,
        excused: early <= 64 ? early : 0,
        recovered: recovered && !stage.server.workers().includes(victim) && before.includes(victim),
        incidents: 1,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      ...unharmed(seen),
      ...says(seen, /its JavaScript heap was full|V8 was out of memory/),
    ],
  }),

  defineScenario<Killed>({
    row: 13,
    async inject(stage) {
      const load = stage.load([{ kind: 'connection-per-request', concurrency: 500 }], {
        timeoutMs: 10_000,
      })
      // All 500 have called connect, few are answered.
      await until(() => load.progress.ok >= 20, { everyMs: 1 })
      const victim = busiest(stage.server)
      const held = await killWithOracle(victim)
      const recoveryMs = (await stage.recovery({ gone: [victim] })) ?? Infinity
      await answered(load, Math.max(500, stage.volume / 2))
      return {
        ...factsOf(await load.stop(), [held]),
        recovered: recoveryMs !== Infinity,
        recoveryMs,
        bootMs: stage.bootMs,
        incidents: 1,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [nothingRefused(seen), nothingLost(seen), recovers(seen)],
  }),
]
