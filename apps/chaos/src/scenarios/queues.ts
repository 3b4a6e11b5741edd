import { unlinkSync } from 'node:fs'

import { atMost, nothingLost, nothingRefused, recovers, says, unharmed } from '../checks.ts'
import { clientC } from '../clients.ts'
import { type Facts, factsOf } from '../facts.ts'
import { holderOf } from '../faults/kill.ts'
import { defineScenario, type Scenario } from '../scenario.ts'
import { answered, type Stage } from '../stage.ts'
import { until } from '../until.ts'

/** Makes each worker busy for so long; resolves with the end of it. */
async function busy({ server, hold }: Stage, ms: number): Promise<Promise<unknown>> {
  const held = []
  const victims = new Set<number | undefined>()
  while (victims.size < server.workers().length) {
    const connection = await hold(`/cpu?ms=${ms}`)
    held.push(connection)
    await until(async () => (await holderOf(server, connection.localPort ?? 0)) !== undefined)
    victims.add(await holderOf(server, connection.localPort ?? 0))
  }
  return Promise.all(held.map((connection) => connection.readAnswer({ timeoutMs: 30_000 })))
}

/** The watch looks every two seconds. */
async function heard(stage: Stage, pattern: RegExp): Promise<void> {
  await until(() => stage.logSinceStart()?.some((line) => pattern.test(line)) ?? true, {
    withinMs: 6_000,
  })
}

export const queues: readonly Scenario[] = [
  defineScenario<Facts & { readonly backMs: number }>({
    row: 62,
    needs: ['is-nunicorn'],
    setup: { args: ['--backlog=16', '--timeout=20s'] },
    repeats: 3,
    async inject(stage) {
      const free = await busy(stage, 3_000)
      const load = stage.load([{ kind: 'connection-per-request', concurrency: 300 }], {
        timeoutMs: 20_000,
      })
      await free
      const from = performance.now()
      await stage.ask('/ok', { timeoutMs: 10_000 })
      const backMs = performance.now() - from
      await answered(load, 1_000)
      const report = await load.stop()
      await heard(stage, /listen queue was full/)
      return {
        ...factsOf(report),
        backMs,
        recovered: true,
        incidents: 1,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      nothingRefused(seen),
      nothingLost(seen),
      atMost('ms until a newcomer is answered', seen.backMs, 1_000),
      // Said once a minute, so that the repeats are quiet; the first one is not.
      ...(seen.log?.some((line) => /Listening at/.test(line)) ? says(seen, /ListenOverflows/) : []),
    ],
  }),

  defineScenario({
    row: 71,
    needs: ['is-nunicorn'],
    repeats: 1,
    async inject(stage) {
      const socket = stage.project.path('gone.sock')
      const port = stage.server.target.port + 1
      const server = await stage.startAnother(
        [`--bind=unix:${socket}`, `--bind=127.0.0.1:${port}`],
        { port },
      )
      const recovered = (await stage.recovery({ of: server })) !== undefined
      const load = stage.load([clientC()], { target: server.target })
      await answered(load, 100)
      unlinkSync(socket)
      await server.log.waitFor(/socket file .* has been removed/)
      await answered(load, 100)
      return { ...factsOf(await load.stop()), recovered, incidents: 1, log: server.log.lines }
    },
    judge: (seen) => [...unharmed(seen), recovers(seen), ...says(seen, /Restart nunicorn/)],
  }),
]
