import { setTimeout as sleep } from 'node:timers/promises'

import { openConnection } from '@nunicorn/torture'

import { atLeast, atMost, check, equal, recovers, says, unharmed } from '../checks.ts'
import { clientC } from '../clients.ts'
import { type Facts, factsOf } from '../facts.ts'
import { defineScenario, type Scenario } from '../scenario.ts'
import { answered, type Stage } from '../stage.ts'
import { until } from '../until.ts'

interface Leaked extends Facts {
  readonly retired: number
  /** How many workers were replaced at one time at most, and how few were ready. */
  readonly most: number
  readonly fewest: number
}

const limits = ['--max-memory=160m', '--max-memory-hard=400m']

/** Leaks 5 MB per 10 requests, on a kept connection per worker that is to leak, until these have been replaced. */
async function leak(stage: Stage, workers: number): Promise<Leaked> {
  const { server } = stage
  const load = stage.load([clientC(100)])
  await answered(load, 100)
  const before = server.workers()
  let most = 0
  let fewest = Infinity
  const watch = setInterval(() => {
    const now = server.workers()
    most = Math.max(most, now.length - stage.workers)
    fewest = Math.min(fewest, now.length)
  }, 20)
  const retired = () => before.filter((pid) => !server.workers().includes(pid)).length
  const leaking = stage.load([{ kind: 'open-loop', ratePerSecond: 50 }], {
    request: (id) => ({
      path: Number(id.split('-').at(-1)) % 10 === 0 ? '/leak?mb=5&in=buffer' : '/ok',
    }),
  })
  // Whoever is asked leaks, until so many have been replaced.
  await until(() => retired() >= workers, { withinMs: 60_000 })
  const leaked = factsOf(await leaking.stop())
  clearInterval(watch)
  await answered(load, 100)
  const facts = factsOf(await load.stop())
  const recovered = (await stage.recovery({ withinMs: 20_000 })) !== undefined
  return {
    ...facts,
    requests: facts.requests + leaked.requests,
    failed: facts.failed + leaked.failed,
    examples: [...facts.examples, ...leaked.examples],
    recovered,
    retired: retired(),
    most,
    fewest,
    incidents: 4,
    log: stage.logSinceStart(),
  }
}

export const memory: readonly Scenario[] = [
  defineScenario<Leaked & { readonly hardKilled: boolean }>({
    row: 69,
    needs: ['is-nunicorn'],
    repeats: 2,
    setup: { args: limits },
    async inject(stage) {
      const seen = await leak(stage, 1)
      const from = stage.server.log.lines.length
      // The other half: over the hard limit in one step, and stuck so that it cannot retire.
      const { server } = stage
      await using connection = await openConnection(server.target)
      await connection.send('GET /leak?mb=500&in=buffer HTTP/1.1\r\nHost: chaos\r\n\r\n')
      const { headers } = await connection.readAnswer({ timeoutMs: 10_000 })
      const victim = Number(headers.get('x-worker'))
      await connection.send('GET /block HTTP/1.1\r\nHost: chaos\r\n\r\n')
      const hardKilled = await until(() => !server.workers().includes(victim), { withinMs: 10_000 })
      const recovered = (await stage.recovery({ gone: [victim], withinMs: 15_000 })) !== undefined
      // Half a gigabyte takes the kernel a moment to free, and only then has its owner ended.
      await server.log.waitFor(/ended: it used .* max-memory-hard/, { from }).catch(() => {})
      return {
        ...seen,
        hardKilled,
        recovered: seen.recovered && recovered,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      ...unharmed(seen),
      check('a stuck one over the hard limit is killed', seen.hardKilled, 'it is not'),
      ...says(seen, /retires \(.*memory/),
      ...says(seen, /hard/),
    ],
  }),

  defineScenario<Leaked>({
    row: 70,
    needs: ['is-nunicorn'],
    repeats: 2,
    setup: { args: limits },
    inject: (stage) => leak(stage, stage.workers),
    judge: (seen) => [
      ...unharmed(seen),
      equal('workers retired', seen.retired, 2),
      // One more than wanted while it boots, and one more while the old one drains.
      atMost('processes more than wanted', seen.most, 2),
      atLeast('workers at any moment', seen.fewest, 2),
    ],
  }),

  defineScenario<Facts & { readonly before: readonly number[]; readonly after: readonly number[] }>(
    {
      row: 25,
      needs: ['is-nunicorn'],
      repeats: 1,
      async inject(stage) {
        const { server } = stage
        const before = server.workers()
        const url = await stage.ask('/inspector').catch(() => '')
        const socket = new WebSocket(url)
        await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }))
        for (const [id, method] of ['Debugger.enable', 'Debugger.pause'].entries())
          socket.send(JSON.stringify({ id, method }))
        await sleep(stage.short ? 8_000 : 60_000)
        socket.send(JSON.stringify({ id: 9, method: 'Debugger.resume' }))
        socket.close()
        const load = stage.load([clientC(50)])
        await answered(load, 100)
        const facts = factsOf(await load.stop())
        const recovered = (await stage.recovery()) !== undefined
        return {
          ...facts,
          before,
          after: server.workers(),
          recovered,
          incidents: 1,
          log: stage.logSinceStart(),
        }
      },
      judge: (seen) => [
        recovers(seen),
        equal('the workers', seen.after, seen.before),
        ...says(seen, /debugger/),
      ],
    },
  ),
]
