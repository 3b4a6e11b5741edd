import { type Admin, adminOf } from '../admin.ts'
import { atLeast, atMost, equal } from '../checks.ts'
import { block } from '../faults/block.ts'
import { contained, hang, type Hung } from '../hang.ts'
import { type Asked, keepAsking, slowestMs } from '../keep-asking.ts'
import { defineScenario, type Scenario } from '../scenario.ts'

interface Scraped extends Hung {
  readonly slowestMs: number
  readonly errors: readonly string[]
  /** How many scrapes there were while it hung, and in how many of them it was missing, and marked. */
  readonly scrapes: number
  readonly missing: number
  readonly marked: number
  /** In how many its neighbour was marked. */
  readonly wronglyMarked: number
}

export const scrapes: readonly Scenario[] = [
  defineScenario<Scraped>({
    row: 86,
    needs: ['is-nunicorn'],
    setup: { args: ['--admin=127.0.0.1:0'] },
    async inject(stage) {
      const admin = await adminOf(stage.server)
      const numbers = await numbersOf(admin)
      await using scraping = keepAsking(() => scrape(admin), { everyMs: 50 })
      const hung = await hang(stage, () => block(stage, '/block'))
      const all = await scraping.stop()
      const during = all.filter(
        ({ atMs, tookMs }) => atMs >= hung.hungAtMs && atMs + tookMs <= hung.hungAtMs + hung.goneMs,
      )
      const victim = numbers.get(hung.victim) ?? 0
      return {
        ...hung,
        slowestMs: slowestMs(all) - hung.clientStallMs,
        errors: all.flatMap(({ error }) => error ?? []),
        scrapes: during.length,
        missing: count(during, (stale) => !stale.has(victim)),
        marked: count(during, (stale) => stale.get(victim) === true),
        wronglyMarked: count(during, (stale) =>
          [...stale].some(([number, isStale]) => isStale && number !== victim),
        ),
      }
    },
    judge: (seen) => [
      ...contained(seen),
      atMost('ms of a scrape', seen.slowestMs, 1_000),
      equal('the scrapes that failed', seen.errors, []),
      atLeast('scrapes while it hung', seen.scrapes, 5),
      equal('those in which it was missing', seen.missing, 0),
      atLeast('those in which it was marked stale', seen.marked, 1),
      equal('those in which another was marked', seen.wronglyMarked, 0),
    ],
  }),
]

/** By a worker's number, whether what the metrics say of it is old. */
type Staleness = ReadonlyMap<number, boolean>

async function scrape(admin: Admin): Promise<Staleness> {
  const { status, body } = await admin.get('/metrics')
  if (status !== 200) throw new Error(`/metrics is answered with ${status}`)
  const samples = body.matchAll(/^nunicorn_worker_stale\{worker="(\d+)",role="\w+"\} (\d)$/gm)
  return new Map([...samples].map(([, number, value]) => [Number(number), value === '1']))
}

/** By which number the metrics know the worker of a pid. */
async function numbersOf(admin: Admin): Promise<ReadonlyMap<number, number>> {
  const { workers } = JSON.parse((await admin.get('/status')).body) as {
    readonly workers: readonly { readonly pid: number; readonly number: number }[]
  }
  return new Map(workers.map(({ pid, number }) => [pid, number]))
}

function count(
  asked: readonly Asked<Staleness>[],
  isSo: (staleness: Staleness) => boolean,
): number {
  return asked.filter(({ answer }) => answer !== undefined && isSo(answer)).length
}
