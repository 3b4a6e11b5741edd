import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import { type ClientSpec, heldConnections, openConnection } from '@nunicorn/torture'

import { atMost, check, equal, nothingLost, recovers, unharmed } from '../checks.ts'
import { clientA, clientC } from '../clients.ts'
import { type Facts, factsOf } from '../facts.ts'
import { proportionalKilobytes } from '../processes.ts'
import { defineScenario, type Scenario } from '../scenario.ts'
import { answered, type Stage } from '../stage.ts'
import type { Server } from '../system.ts'
import { until } from '../until.ts'

interface Dripped extends Facts {
  readonly statuses: readonly string[]
  readonly earliestMs: number
  readonly latestMs: number
  readonly p99Ms: number
  readonly controlP99Ms: number
  readonly megabytesMore: number
}

/** So many clients that send a byte a second of what `text` begins, beside others; what becomes of them. */
async function drip(
  stage: Stage,
  {
    count,
    text,
    patienceMs,
    beside,
  }: {
    readonly count: number
    readonly text: string
    readonly patienceMs: number
    readonly beside: ClientSpec
  },
): Promise<Dripped> {
  const { server } = stage
  const control = stage.load([beside])
  await answered(control, 500)
  const { percentileMs } = await control.stop()
  const kilobytes = () => server.workers().reduce((sum, pid) => sum + proportionalKilobytes(pid), 0)
  const before = kilobytes()
  const endings = Promise.all(
    Array.from({ length: count }, () => dripOne(stage, { text, patienceMs })),
  )
  const load = stage.load([beside])
  const ended = await endings
  const megabytesMore = (kilobytes() - before) / 1_024
  const report = await load.stop()
  const times = ended.map(({ afterMs }) => afterMs)
  return {
    ...factsOf(report),
    recovered: (await stage.recovery()) !== undefined,
    statuses: [...new Set(ended.map(({ status }) => status))],
    earliestMs: Math.min(...times),
    latestMs: Math.max(...times),
    p99Ms: report.percentileMs(99) - report.clientStallMs,
    controlP99Ms: percentileMs(99),
    megabytesMore,
    incidents: 1,
    log: stage.logSinceStart(),
  }
}

async function dripOne(
  { server }: Stage,
  { text, patienceMs }: { readonly text: string; readonly patienceMs: number },
): Promise<{ readonly status: string; readonly afterMs: number }> {
  await using connection = await openConnection(server.target)
  const from = performance.now()
  await connection.send(text)
  const timer = setInterval(() => void connection.send('x'), 1_000)
  try {
    const { status } = await connection.readAnswer({ timeoutMs: patienceMs })
    await connection.closed
    return { status: String(status), afterMs: performance.now() - from }
  } catch (error) {
    return { status: String(error), afterMs: performance.now() - from }
  } finally {
    clearInterval(timer)
  }
}

/** Asks for 10 MB and reads nothing of it. */
function readNothing({ host, port }: Server['target']): Socket {
  const socket = connect({ host, port })
  socket.on('error', () => {})
  socket.once('connect', () => {
    socket.write('GET /stream?mb=10 HTTP/1.1\r\nHost: chaos\r\n\r\n')
    socket.pause()
  })
  return socket
}

const timeoutMs = 3_000
/** The bar. */
const sweepMs = 5_000

export const slowClients: readonly Scenario[] = [
  defineScenario<Dripped>({
    row: 54,
    needs: ['is-nunicorn'],
    repeats: 1,
    setup: { args: ['--header-timeout=3s'] },
    inject: (stage) =>
      drip(stage, {
        count: 500,
        beside: clientA,
        text: 'GET /ok HTTP/1.1\r\nHost: chaos\r\nX-Slow: ',
        patienceMs: 20_000,
      }),
    judge: (seen) => [
      ...unharmed(seen),
      equal('what they get', seen.statuses, ['408']),
      atMost('ms until the last is closed', seen.latestMs, timeoutMs + sweepMs),
      check('none is closed early', seen.earliestMs >= timeoutMs - 50, seen.earliestMs),
      atMost('p99 in ms', seen.p99Ms, 2 * seen.controlP99Ms + 20),
    ],
  }),

  defineScenario<Dripped>({
    row: 55,
    needs: ['is-nunicorn'],
    repeats: 1,
    setup: { args: ['--body-timeout=3s'] },
    inject: (stage) =>
      drip(stage, {
        count: 100,
        beside: clientC(100),
        text: 'POST /sha HTTP/1.1\r\nHost: chaos\r\nContent-Length: 100000\r\n\r\nx',
        patienceMs: 20_000,
      }),
    judge: (seen) => [
      ...unharmed(seen),
      atMost('ms until the last is closed', seen.latestMs, timeoutMs + sweepMs),
      check('none is closed early', seen.earliestMs >= timeoutMs - 50, seen.earliestMs),
      atMost('megabytes more', seen.megabytesMore, 2 * 16),
    ],
  }),

  defineScenario<
    Facts & { readonly latestMs: number; readonly megabytesMore: number; readonly drainMs: number }
  >({
    row: 56,
    needs: ['is-nunicorn'],
    routes: 'all',
    repeats: 1,
    setup: { args: ['--write-timeout=3s'] },
    async inject(stage) {
      const { server } = stage
      const kilobytes = () =>
        server.workers().reduce((sum, pid) => sum + proportionalKilobytes(pid), 0)
      const load = stage.load([clientC(50)])
      await answered(load, 100)
      const before = kilobytes()
      const readers = Array.from({ length: 200 }, () => readNothing(server.target))
      await sleep(2_500)
      const megabytesMore = (kilobytes() - before) / 1_024
      const from = performance.now()
      // A socket that is not read does not see its end: what the workers still hold tells it.
      const holding = async () => {
        const held = await Promise.all(server.workers().map((pid) => heldConnections(pid)))
        return held.reduce((sum, { ports }) => sum + ports.size, 0)
      }
      await until(async () => (await holding()) < 100, { withinMs: 15_000, everyMs: 200 })
      const latestMs = performance.now() - from
      for (const socket of readers) socket.destroy()
      const facts = factsOf(await load.stop())
      // And in a drain.
      const again = await stage.startAnother([], { port: server.target.port + 1 })
      await stage.recovery({ of: again })
      const stuck = Array.from({ length: 20 }, () => readNothing(again.target))
      await sleep(500)
      const stoppedAt = performance.now()
      again.terminate()
      await again.exited
      const drainMs = performance.now() - stoppedAt
      for (const socket of stuck) socket.destroy()
      return {
        ...facts,
        recovered: (await stage.recovery()) !== undefined,
        latestMs,
        megabytesMore,
        drainMs,
        incidents: 20,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      ...unharmed(seen),
      atMost('megabytes more', seen.megabytesMore, 128),
      atMost('ms until they are cut', seen.latestMs, timeoutMs + sweepMs),
      atMost('ms of a drain', seen.drainMs, 5_000 + 1_000),
    ],
  }),

  defineScenario<
    Facts & {
      readonly statuses: readonly string[]
      readonly before: readonly number[]
      readonly after: readonly number[]
      readonly latestMs: number
    }
  >({
    row: 18,
    needs: ['is-nunicorn'],
    repeats: 1,
    setup: { args: ['--request-timeout=2s'] },
    async inject(stage) {
      const { server } = stage
      const before = server.workers()
      const load = stage.load([clientC()])
      await answered(load, 250)
      const from = performance.now()
      const stuck = await Promise.all(
        Array.from({ length: 20 }, () => stage.hold('/sleep?ms=forever')),
      )
      const outcomes = await Promise.all(
        stuck.map((each) =>
          each.readAnswer({ timeoutMs: 10_000 }).then(
            ({ status }) => String(status),
            (error: unknown) => String(error),
          ),
        ),
      )
      const latestMs = performance.now() - from
      // Longer than `timeout`.
      await sleep(3_000)
      const facts = factsOf(await load.stop())
      return {
        ...facts,
        recovered: (await stage.recovery()) !== undefined,
        statuses: [...new Set(outcomes)],
        latestMs,
        before,
        after: server.workers(),
        incidents: 20,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      nothingLost(seen),
      recovers(seen),
      equal('what they get', seen.statuses, ['503']),
      atMost('ms until the last gets it', seen.latestMs, 2_000 + 1_500),
      equal('the workers', seen.after, seen.before),
    ],
  }),
]
