import { setTimeout as sleep } from 'node:timers/promises'

import { equal, says, unharmed } from '../checks.ts'
import { clientC } from '../clients.ts'
import { type Facts, factsOf } from '../facts.ts'
import { send } from '../processes.ts'
import { defineScenario, type Scenario } from '../scenario.ts'
import { answered } from '../stage.ts'

export const suspended: readonly Scenario[] = [
  defineScenario<Facts & { readonly before: readonly number[]; readonly after: readonly number[] }>(
    {
      row: 51,
      needs: ['stops'],
      repeats: 1,
      async inject(stage) {
        const { server } = stage
        const before = server.workers()
        const load = stage.load([clientC(100)])
        await answered(load, 50)
        send('SIGSTOP', [server.supervisor ?? 0])
        await sleep(stage.short ? 6_000 : 30_000)
        send('SIGCONT', [server.supervisor ?? 0])
        // Longer than a silence may last.
        await sleep(4_000)
        await answered(load, 50)
        const facts = factsOf(await load.stop())
        const recovered = (await stage.recovery()) !== undefined
        const after = server.workers()
        return { ...facts, before, after, recovered, incidents: 1, log: stage.logSinceStart() }
      },
      judge: (seen) => [
        ...unharmed(seen),
        equal('the workers', seen.after, seen.before),
        ...says(seen, /The arbiter did not run for/),
      ],
    },
  ),

  defineScenario<Facts & { readonly before: readonly number[]; readonly after: readonly number[] }>(
    {
      row: 75,
      needs: ['stops'],
      repeats: 1,
      async inject(stage) {
        const { server } = stage
        const before = server.workers()
        const family = [server.supervisor ?? 0, ...before]
        send('SIGSTOP', family)
        await sleep(stage.short ? 6_000 : 60_000)
        send('SIGCONT', family)
        const load = stage.load([clientC(50)])
        await sleep(5_000)
        const facts = factsOf(await load.stop())
        const recovered = (await stage.recovery()) !== undefined
        const after = server.workers()
        return { ...facts, before, after, recovered, incidents: 1, log: stage.logSinceStart() }
      },
      judge: (seen) => [...unharmed(seen), equal('the workers', seen.after, seen.before)],
    },
  ),
]
