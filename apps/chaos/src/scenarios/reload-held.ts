import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { openConnection } from '@nunicorn/torture'

import {
  atLeast,
  atMost,
  check,
  equal,
  nothingLost,
  nothingRefused,
  recovers,
  unharmed,
} from '../checks.ts'
import { type Facts, factsOf, noFacts } from '../facts.ts'
import { listenOverflows } from '../faults/listen-overflows.ts'
import { patternOf } from '../pattern.ts'
import { defineScenario, type Scenario } from '../scenario.ts'
import { answered, type Stage } from '../stage.ts'
import { until } from '../until.ts'

interface Transferred extends Facts {
  readonly right: boolean
  readonly detail: string
}

/** 20 MB at about 4 MB/s, and whether the app has got them. */
async function upload({
  server,
}: Stage): Promise<{ readonly right: boolean; readonly detail: string }> {
  const chunk = randomBytes(256 * 1024)
  const chunks = 80
  const hash = createHash('sha256')
  await using connection = await openConnection(server.target)
  await connection.send(
    `POST /sha HTTP/1.1\r\nHost: chaos\r\nContent-Length: ${chunk.length * chunks}\r\n\r\n`,
  )
  for (let count = 0; count < chunks && connection.ending === undefined; count += 1) {
    hash.update(chunk)
    await connection.send(chunk)
    await sleep(60)
  }
  try {
    const { status, body } = await connection.readAnswer({ timeoutMs: 10_000 })
    return { right: status === 200 && String(body) === hash.digest('hex'), detail: `${status}` }
  } catch (error) {
    return { right: false, detail: String(error) }
  }
}

/** That of the scenarios: see `systems/nunicorn.ts`. */
const soakMs = 1_500

export const reloadHeld: readonly Scenario[] = [
  defineScenario<Transferred & { readonly reloads: number; readonly stormMs: number }>({
    row: 33,
    needs: ['is-nunicorn'],
    repeats: 2,
    async inject(stage) {
      const { server } = stage
      const from = server.log.lines.length
      const load = stage.load()
      await answered(load, stage.volume / 2)
      const uploading = upload(stage)
      const stormFrom = performance.now()
      for (let count = 0; count < 1_000; count += 1) {
        process.kill(server.supervisor ?? 0, 'SIGHUP')
        if (count % 10 === 0) await sleep(20)
      }
      const stormMs = performance.now() - stormFrom
      await server.log.waitFor(/Reloaded: all workers/, { from, withinMs: 30_000 })
      const uploaded = await uploading
      await until(() => reloadsIn(stage) === endsIn(stage), { withinMs: 20_000 })
      await answered(load, stage.volume / 2)
      const recovered = (await stage.recovery({ withinMs: 20_000 })) !== undefined
      return {
        ...factsOf(await load.stop()),
        ...uploaded,
        recovered,
        reloads: reloadsIn(stage),
        stormMs,
        incidents: 3,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      ...unharmed(seen),
      check('the upload arrives', seen.right, seen.detail),
      // One at a time, each of which takes as long as its first worker soaks, and one for what came meanwhile.
      atMost('reloads', seen.reloads, 1 + Math.ceil(seen.stormMs / soakMs)),
    ],
  }),

  defineScenario<Facts & { readonly overflows: number }>({
    row: 36,
    needs: ['reloads'],
    async inject(stage) {
      const overflowsBefore = listenOverflows()
      const load = stage.load([{ kind: 'connection-per-request', concurrency: 500 }], {
        timeoutMs: 10_000,
      })
      await until(() => load.progress.ok >= 500)
      // One of the workers is slow meanwhile.
      const slow = stage.ask('/cpu?ms=1000', { timeoutMs: 10_000 }).catch(() => 'lost')
      await stage.server.reload()
      await answered(load, 1_000)
      const recovered = (await stage.recovery({ withinMs: 15_000 })) !== undefined
      const facts = factsOf(await load.stop())
      return {
        ...facts,
        failed: facts.failed + Number((await slow) !== 'spun'),
        recovered,
        overflows: listenOverflows() - overflowsBefore,
        incidents: 2,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [...unharmed(seen), equal('the overflows of the queue', seen.overflows, 0)],
  }),

  defineScenario<Transferred>({
    row: 37,
    needs: ['reloads'],
    routes: 'all',
    repeats: 1,
    setup: { args: ['--graceful-timeout=30s', '--soak=500ms'] },
    async inject(stage) {
      const load = stage.load()
      await answered(load, stage.volume / 4)
      const megabytes = stage.short ? 30 : 100
      const download = await stage.hold(`/stream?mb=${megabytes}&rate=8`)
      const downloading = download.readAnswer({ timeoutMs: 40_000 })
      const outcome = downloading.then(
        ({ body }) => isPattern(body, megabytes),
        (error: unknown) => String(error),
      )
      for (let count = 0; count < 3; count += 1) {
        await stage.server.reload()
        await answered(load, stage.volume / 4)
      }
      const facts = factsOf(await load.stop())
      const detail = await outcome
      const recovered = (await stage.recovery({ withinMs: 20_000 })) !== undefined
      return {
        ...facts,
        recovered,
        right: detail === 'right',
        detail,
        incidents: 4,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      ...unharmed(seen),
      check('the download is right to the byte', seen.right, seen.detail),
    ],
  }),

  defineScenario<Transferred>({
    row: 38,
    needs: ['reloads'],
    routes: 'all',
    repeats: 2,
    setup: { args: ['--graceful-timeout=15s'] },
    async inject(stage) {
      const uploading = upload(stage)
      await sleep(500)
      await stage.server.reload()
      const uploaded = await uploading
      const recovered = (await stage.recovery({ withinMs: 20_000 })) !== undefined
      return {
        ...noFacts,
        ...uploaded,
        requests: 1,
        failed: Number(!uploaded.right),
        recovered,
        incidents: 2,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [recovers(seen), check('the upload arrives', seen.right, seen.detail)],
  }),

  defineScenario<Facts & { readonly tookMs: number; readonly next: number }>({
    row: 39,
    needs: ['reloads'],
    routes: 'all',
    repeats: 2,
    setup: { build: { version: '1', sockets: true } },
    async inject(stage) {
      const { server } = stage
      const version = `next-${performance.now()}`
      const load = stage.load([
        { kind: 'server-sent-events', concurrency: 20, request: { path: '/events' } },
        { kind: 'websocket', concurrency: 20, thinkMs: [50], request: { path: '/socket' } },
      ])
      await until(() => load.progress.events > 100 && load.progress.messages > 100)
      const before = server.workers()
      await stage.project.deploy({ version, sockets: true })
      const from = performance.now()
      await server.reload()
      await until(() => !before.some((pid) => server.workers().includes(pid)), { withinMs: 20_000 })
      const tookMs = performance.now() - from
      await until(() => (load.progress.versions.get(version)?.answers ?? 0) >= 40)
      const report = await load.stop()
      return {
        ...factsOf(report),
        recovered: (await stage.recovery()) !== undefined,
        tookMs,
        next: report.versions.get(version)?.answers ?? 0,
        incidents: 3,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      ...unharmed(seen),
      atLeast('streams and sockets that come back to the new build', seen.next, 40),
      // Two workers, one after the other, each 5 s at most, and the soak.
      atMost('ms until the old ones are gone', seen.tookMs, 2 * 5_000 + 1_500 + 3_000),
    ],
  }),

  defineScenario<Facts & { readonly answers: readonly number[]; readonly closes: boolean }>({
    row: 41,
    needs: ['reloads'],
    async inject(stage) {
      const { server } = stage
      const connection = await openConnection(server.target)
      await using _held = connection
      const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: chaos\r\n\r\n`
      await connection.send(get('/ids'))
      const { headers } = await connection.readAnswer()
      const holder = Number(headers.get('x-worker'))
      // The first takes long enough for the drain to begin behind it.
      const paths = ['/sleep?ms=2500', ...Array.from({ length: 9 }, () => '/ok')]
      const reloading = server.reload()
      await until(() => server.workers().length > 2 || !server.workers().includes(holder))
      await connection.send(paths.map(get).join(''))
      const answers: number[] = []
      let closes = false
      try {
        for (const _ of paths) {
          const { status, keepsOpen } = await connection.readAnswer({ timeoutMs: 10_000 })
          answers.push(status)
          closes = !keepsOpen
        }
      } catch {
        // Counted by what is missing.
      }
      await reloading
      const recovered = (await stage.recovery({ withinMs: 15_000 })) !== undefined
      return {
        ...noFacts,
        requests: paths.length,
        failed: closes ? 0 : paths.length - answers.length,
        recovered,
        answers,
        closes,
        incidents: 2,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      recovers(seen),
      nothingLost(seen),
      nothingRefused(seen),
      check(
        'all that were read are answered 200',
        seen.answers.every((status) => status === 200),
        seen.answers,
      ),
    ],
  }),
]

function reloadsIn(stage: Stage): number {
  return (stage.logSinceStart() ?? []).filter((line) => /Reloading: generation/.test(line)).length
}

function endsIn(stage: Stage): number {
  return (stage.logSinceStart() ?? []).filter((line) => /Reloaded: all workers/.test(line)).length
}

function isPattern(body: Buffer, megabytes: number): string {
  const chunk = patternOf(64 * 1024)
  if (body.length !== megabytes * 2 ** 20) return `${body.length} bytes`
  for (let at = 0; at < body.length; at += chunk.length)
    if (!body.subarray(at, at + chunk.length).equals(chunk)) return `wrong behind byte ${at}`
  return 'right'
}
