import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import { heldConnections, openConnection, type Target } from '@nunicorn/torture'

import { atLeast, atMost, check, equal, nothingLost, recovers, unharmed } from '../checks.ts'
import { type Facts, factsOf, noFacts } from '../facts.ts'
import { heapKilobytes } from '../garbage.ts'
import { descriptorsOf } from '../processes.ts'
import { defineScenario, type Scenario } from '../scenario.ts'
import { answered, type Stage } from '../stage.ts'
import { until } from '../until.ts'

interface Abused extends Facts {
  readonly before: readonly number[]
  readonly after: readonly number[]
  /** Of all workers together, from before to after. */
  readonly descriptorsMore: number
  readonly heapKilobytesMore: number
  readonly lines: number
}

/** What so many clients of a bad kind do to the workers; each is a promise that never rejects. */
async function abuse(
  stage: Stage,
  {
    count,
    concurrency = 50,
    client,
  }: {
    readonly count: number
    readonly concurrency?: number
    readonly client: (index: number) => Promise<void>
  },
): Promise<Abused> {
  const { server } = stage
  const before = server.workers()
  const sum = (measure: (pid: number) => number) =>
    server.workers().reduce((total, pid) => total + measure(pid), 0)
  // The first ones pay for code that is compiled and buffers that are kept.
  const run = async (from: number, to: number): Promise<void> => {
    let next = from
    const worker = async (): Promise<void> => {
      while (next < to) await client((next += 1))
    }
    await Promise.all(Array.from({ length: concurrency }, worker))
  }
  await run(0, Math.ceil(count / 2))
  await stage.recovery()
  const descriptors = sum(descriptorsOf)
  const heap = await heapKilobytes(server)
  await run(Math.ceil(count / 2), count)
  const settled = () => sum(descriptorsOf) <= descriptors + 4
  await until(settled, { withinMs: 8_000 })
  const load = stage.load()
  await answered(load, 200)
  const facts = factsOf(await load.stop())
  const recovered = (await stage.recovery()) !== undefined
  await until(settled, { withinMs: 8_000 })
  return {
    ...facts,
    recovered,
    before,
    after: server.workers(),
    descriptorsMore: sum(descriptorsOf) - descriptors,
    heapKilobytesMore: (await heapKilobytes(server)) - heap,
    lines: stage.logSinceStart()?.length ?? 0,
    incidents: 0,
    log: stage.logSinceStart(),
  }
}

function unmoved(seen: Abused) {
  return [
    ...unharmed(seen),
    equal('the workers', seen.after, seen.before),
    atMost('descriptors more', seen.descriptorsMore, 4),
    // A fifth of a kilobyte for each of 10,000 would be seen.
    atMost('kilobytes more on the heaps', seen.heapKilobytesMore, 2_048),
    atMost('lines logged', seen.lines, 20),
  ]
}

/** Connects, writes, and resets after so long. */
async function resetAfter(
  { host, port }: { readonly host: string; readonly port: number },
  { bytes, afterMs }: { readonly bytes: string; readonly afterMs: number },
): Promise<void> {
  const socket = connect({ host, port, noDelay: true })
  socket.on('error', () => {})
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve)
    socket.once('close', () => resolve())
  })
  if (bytes !== '') socket.write(bytes)
  if (afterMs > 0) await sleep(afterMs)
  await new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
    if (socket.destroyed) resolve()
    else socket.resetAndDestroy()
  })
}

const whole = 'POST /slow HTTP/1.1\r\nHost: chaos\r\nContent-Length: 600\r\n\r\n' + 'x'.repeat(600)

/** What nobody may answer as if it were a request: RFC 9112 6.1, 5.1, 3.2, 2.2. */
const shapes: readonly ((index: number) => string)[] = [
  () =>
    'POST /ok HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  () => 'POST /ok HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd',
  () => 'POST /ok HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
  () => 'POST /ok HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
  () => 'POST /ok HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n',
  () => 'POST /ok HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n\r\n',
  () => 'POST /ok HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n',
  () => 'POST /ok HTTP/1.1\r\nHost: a\r\nContent-Length: 1e3\r\n\r\n',
  () => 'GET /ok HTTP/1.1\r\n Host: a\r\n\r\n',
  () => 'GET /ok HTTP/1.1\r\n\r\n',
  () => 'GET /ok HTTP/1.1\nHost: a\n\n\n',
  () => 'GET /ok HTTP/9.9\r\nHost: a\r\n\r\n',
  () => `GET /ok HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(40_000)}\r\n\r\n`,
  () => `GET /${'x'.repeat(40_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
  () => 'GET /ok HTTP/1.1\r\nHost: a\r\nX-Null: a\0b\r\n\r\n',
  (index) => noise(index),
]

/** Bytes that are the same in every run. */
function noise(seed: number): string {
  let state = seed
  const next = (): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31)
  return `${String.fromCharCode(...Array.from({ length: 200 }, () => next() % 256))}\r\n\r\n`
}

/** The status, or how it ended without one. */
async function provoke(target: Target, text: string): Promise<string> {
  try {
    await using connection = await openConnection(target)
    await connection.send(Buffer.from(text, 'latin1'))
    const { status } = await connection.readAnswer({ timeoutMs: 4_000 })
    const ended = await Promise.race([connection.closed, sleep(2_000, 'open' as const)])
    if (ended === 'open') return `${status} and left open`
    // A body is seen to be broken when its head has been answered already.
    if ((status >= 400 && status < 500) || /\r\n\r\nZZ/.test(text)) return 'refused'
    return String(status)
  } catch (error) {
    // Closed without a word is as good.
    return /timeout|no whole answer/.test(String(error)) ? 'no answer' : 'refused'
  }
}

export const clients: readonly Scenario[] = [
  defineScenario<Abused & { readonly aborts: number }>({
    row: 57,
    routes: 'all',
    repeats: 1,
    async inject(stage) {
      const { target } = stage.server
      const seen = await abuse(stage, {
        count: stage.short ? 1_500 : 10_000,
        client: (index) =>
          resetAfter(target, {
            bytes: whole.slice(0, (index * 37) % (whole.length + 1)),
            afterMs: index % 7 === 0 ? 5 : 0,
          }),
      })
      let aborts = 0
      for (let count = 0; count < 20; count += 1)
        aborts = Math.max(aborts, Number(await stage.ask('/aborts')))
      return { ...seen, aborts }
    },
    judge: (seen) => [
      ...unmoved(seen),
      atLeast('aborts that the app was told of', seen.aborts, 10),
    ],
  }),

  defineScenario({
    row: 58,
    routes: 'all',
    async inject(stage) {
      const outcomes = await Promise.all(
        ['/sleep?ms=300', '/stream?mb=2', '/ok', '/slow'].flatMap((path) =>
          Array.from({ length: 10 }, async () => {
            const connection = await stage.hold(path)
            connection.end()
            return await connection.readAnswer().then(
              ({ status }) => status === 200,
              () => false,
            )
          }),
        ),
      )
      return {
        ...noFacts,
        requests: outcomes.length,
        failed: outcomes.filter((answeredWell) => !answeredWell).length,
        recovered: (await stage.recovery()) !== undefined,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [nothingLost(seen), recovers(seen)],
  }),

  defineScenario<Abused>({
    row: 59,
    repeats: 1,
    inject: (stage) =>
      abuse(stage, {
        count: stage.short ? 2_000 : 10_000,
        client: () => resetAfter(stage.server.target, { bytes: '', afterMs: 0 }),
      }),
    judge: unmoved,
  }),

  defineScenario<Abused & { readonly answers: Readonly<Record<string, number>> }>({
    row: 60,
    repeats: 1,
    async inject(stage) {
      const answers: Record<string, number> = {}
      const seen = await abuse(stage, {
        count: stage.short ? 1_000 : 10_000,
        async client(index) {
          const at = index % shapes.length
          const outcome = await provoke(stage.server.target, (shapes[at] ?? noise)(index))
          const key = outcome === 'refused' ? outcome : `shape ${at}: ${outcome}`
          answers[key] = (answers[key] ?? 0) + 1
        },
      })
      return { ...seen, answers }
    },
    judge: (seen) => [
      ...unmoved(seen),
      check(
        'all are refused and closed',
        Object.keys(seen.answers).every((outcome) => outcome === 'refused'),
        JSON.stringify(seen.answers),
      ),
    ],
  }),

  defineScenario<Facts & { readonly outcomes: readonly string[] }>({
    row: 61,
    routes: 'all',
    async inject(stage) {
      const chunk = Buffer.alloc(64 * 1024)
      const outcomes: string[] = []
      for (const head of ['', 'Connection: close\r\n']) {
        for (let count = 0; count < 5; count += 1) {
          await using connection = await openConnection(stage.server.target)
          await connection.send(
            `POST /too-large HTTP/1.1\r\nHost: chaos\r\n${head}Content-Length: ${320 * chunk.length}\r\n\r\n`,
          )
          // A client that sends all before it reads: the answer must not be thrown away with the rest of the body.
          for (let part = 0; part < 320 && connection.ending === undefined; part += 1)
            await Promise.race([connection.send(chunk), connection.closed])
          outcomes.push(
            await connection.readAnswer({ timeoutMs: 5_000 }).then(
              ({ status }) => String(status),
              (error: unknown) => String(error),
            ),
          )
        }
      }
      return {
        ...noFacts,
        requests: outcomes.length,
        failed: outcomes.filter((outcome) => outcome !== '413').length,
        recovered: (await stage.recovery()) !== undefined,
        outcomes: [...new Set(outcomes)],
        examples: [...new Set(outcomes)],
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [nothingLost(seen), recovers(seen)],
  }),

  defineScenario<
    Facts & { readonly before: number; readonly after: number; readonly spread: string }
  >({
    row: 63,
    needs: ['scales'],
    repeats: 1,
    async inject(stage) {
      const { server } = stage
      const load = stage.load([{ kind: 'keep-alive', concurrency: 200, thinkMs: [50, 100, 200] }])
      await answered(load, 1_000)
      process.kill(server.supervisor ?? 0, 'SIGTTIN')
      await until(() => server.workers().length === stage.workers + 1)
      await sleep(1_000)
      const before = imbalance(await spread(server.workers()))
      await sleep(stage.short ? 10_000 : 30_000)
      const held = await spread(server.workers())
      const facts = factsOf(await load.stop())
      process.kill(server.supervisor ?? 0, 'SIGTTOU')
      const recovered = (await stage.recovery({ withinMs: 15_000 })) !== undefined
      return {
        ...facts,
        before,
        after: imbalance(held),
        spread: held.join('/'),
        recovered,
        incidents: 3,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      nothingLost(seen),
      recovers(seen),
      atMost('max/mean of connections', seen.after, 1.5),
    ],
  }),
]

async function spread(pids: readonly number[]): Promise<readonly number[]> {
  const held = await Promise.all(pids.map((pid) => heldConnections(pid)))
  return held.map(({ ports }) => ports.size)
}

function imbalance(counts: readonly number[]): number {
  const sum = counts.reduce((total, count) => total + count, 0)
  return sum === 0 ? Infinity : (Math.max(...counts) * counts.length) / sum
}
