import { setTimeout as sleep } from 'node:timers/promises'

import { adminOf } from '../admin.ts'
import { atLeast, atMost, equal, nothingLost, nothingRefused } from '../checks.ts'
import { clientA, clientB } from '../clients.ts'
import { end, endedWell, gracefulMs, type Stopped } from '../ending.ts'
import { factsOf } from '../facts.ts'
import { type Asked, keepAsking } from '../keep-asking.ts'
import { defineScenario, type Scenario } from '../scenario.ts'
import { answered } from '../stage.ts'

interface Raced extends Stopped {
  /** How many requests were answered after TERM. */
  readonly after: number
  /** From TERM until readiness said no; Infinity when it never did. */
  readonly unreadyMs: number
  /** What the probes were answered: readiness since it first said no, liveness since TERM. */
  readonly readiness: readonly string[]
  readonly liveness: readonly string[]
}

const drainDelayMs = 6_000
/** Until the endpoint has gone everywhere, clients go on. */
const lagMs = 5_000

export const drainDelay: readonly Scenario[] = [
  defineScenario<Raced>({
    row: 46,
    needs: ['is-nunicorn'],
    ends: true,
    setup: { args: [`--drain-delay=${drainDelayMs}ms`, '--admin=127.0.0.1:0'] },
    async inject(stage) {
      const { server } = stage
      const admin = await adminOf(server)
      const load = stage.load([clientA, clientB()])
      await answered(load, stage.volume)
      const statusOf = async (path: string) => (await admin.get(path)).status
      await using readyz = keepAsking(() => statusOf('/readyz'), { everyMs: 20 })
      await using livez = keepAsking(() => statusOf('/livez'), { everyMs: 20 })
      await sleep(100)
      const before = load.progress.ok
      const stoppedAt = performance.now()
      const since = (asked: readonly Asked<number>[], fromMs: number) =>
        asked.filter(({ atMs }) => atMs >= fromMs)
      const ended = await end(
        stage,
        async () => {
          server.terminate()
          await sleep(lagMs)
          await Promise.all([load.stop(), readyz.stop(), livez.stop()])
        },
        drainDelayMs + gracefulMs + 8_000,
      )
      const report = await load.stop()
      const no = since(await readyz.stop(), stoppedAt).find(({ answer }) => answer !== 200)
      return {
        ...factsOf(report),
        ...ended,
        after: report.ok - before,
        unreadyMs: no === undefined ? Infinity : no.atMs + no.tookMs - stoppedAt,
        readiness: no === undefined ? [] : outcomes(since(await readyz.stop(), no.atMs)),
        liveness: outcomes(since(await livez.stop(), stoppedAt)),
        recovered: true,
        incidents: 1,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      nothingLost(seen),
      nothingRefused(seen),
      atLeast('requests answered after TERM', seen.after, 500),
      atMost('ms until readiness says no', seen.unreadyMs, 500),
      equal('what readiness says from then on', seen.readiness, ['503']),
      equal('what liveness says', seen.liveness, ['200']),
      atLeast('ms until the end', seen.tookMs, drainDelayMs),
      ...endedWell(seen, drainDelayMs + 1_000),
    ],
  }),
]

/** Each once, what failed by its error. */
function outcomes(asked: readonly Asked<number>[]): readonly string[] {
  return [...new Set(asked.map(({ answer, error }) => String(answer ?? error)))]
}
