import { setImmediate } from 'node:timers/promises'

import {
  type Connection,
  describeReport,
  type LoadRun,
  openConnection,
  type Report,
  RequestError,
  type Target,
} from '@nunicorn/torture'
import { describe, expect, it } from 'vitest'

import { appSource } from './support/app.ts'
import { answered, loadOf } from './support/load.ts'
import { isWorker, type Nunicorn, startNunicorn } from './support/nunicorn.ts'
import { createProject, type Project } from './support/project.ts'
import { until } from './support/until.ts'

/** Node closes an idle connection so much later than it said, so that the client goes first (keepAliveTimeoutBuffer). */
const bufferMs = 1_000
/** For whatever else runs on this machine. */
const noiseMs = 1_500

function start(
  project: Project,
  { workers = 2, args = [] }: { readonly workers?: number; readonly args?: readonly string[] } = {},
): Nunicorn {
  return startNunicorn({
    directory: project.directory,
    args: ['app.mjs', '-w', String(workers), '-b', '127.0.0.1:0', ...args],
  })
}

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`
}

/** Sends TERM; resolves with how long the end took. */
async function terminate(nunicorn: Nunicorn, signal: NodeJS.Signals = 'SIGTERM'): Promise<number> {
  const from = performance.now()
  nunicorn.signal(signal)
  await nunicorn.exited
  return performance.now() - from
}

/** Opens connections that have been used once and are kept. */
async function openKept(at: Target, count: number): Promise<readonly Connection[]> {
  return await Promise.all(
    Array.from({ length: count }, async () => {
      const connection = await openConnection(at)
      void connection.send(get('/ok'))
      expect(await connection.readAnswer()).toMatchObject({ status: 200, keepsOpen: true })
      return connection
    }),
  )
}

async function isRefused(at: Target): Promise<boolean> {
  try {
    await using _accepted = await openConnection(at)
    return false
  } catch (error) {
    if (error instanceof RequestError && error.outcome === 'refused') return true
    throw error
  }
}

/** The time, when every request that has been issued until then is in the kernel's hands: connect(2) comes a tick later. */
async function allSent(load: LoadRun): Promise<number> {
  await setImmediate()
  return load.nowMs()
}

/** Longer than it takes to close the port on a busy machine, shorter than a deaf worker could keep it open. */
const closingMs = 900

/**
 * Nothing that was sent before the stop has failed, and once the port was closed, which was soon, everybody was refused:
 * nobody was let in to be thrown out. Just before that a connection may reach the kernel's queue when it is given up.
 */
function expectOnlyRefusedAfter(report: Report, stoppedMs: number): void {
  const refused = report.failures.filter(({ outcome }) => outcome === 'refused')
  const closedMs = Math.min(...refused.map(({ openedMs }) => openedMs))
  const wrong = report.failures.filter(
    ({ outcome, sentMs, openedMs }) =>
      sentMs < stoppedMs || (outcome !== 'refused' && openedMs > closedMs),
  )
  expect(wrong, describeReport(report)).toEqual([])
  expect(closedMs - stoppedMs, describeReport(report)).toBeLessThan(closingMs)
  expect(report.ok).toBeGreaterThan(0)
}

describe.each([2, 4])('TERM with %i workers under load', (workers) => {
  it('waits for a request of 6 s and for what was promised to idle connections, and loses nothing', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, { workers, args: ['--keep-alive', '1s'] })
    await nunicorn.ready(workers)
    const at = await nunicorn.address()
    await using load = await loadOf(nunicorn)
    await answered(load, 200)
    await using slow = await openConnection(at)
    await slow.send(get('/sleep?ms=6000'))
    const slowAnswer = slow.readAnswer({ timeoutMs: 10_000 })
    await answered(load, 200)
    await openKept(at, 10)
    const stoppedMs = await allSent(load)
    const elapsedMs = await terminate(nunicorn)
    expect(await slowAnswer).toMatchObject({ status: 200, keepsOpen: false })
    expect(elapsedMs).toBeGreaterThan(4_500)
    expect(elapsedMs).toBeLessThan(6_000 + noiseMs)
    expect(await nunicorn.exited).toBe(0)
    expectOnlyRefusedAfter(await load.stop(), stoppedMs)
  })
})

describe('idle kept connections', () => {
  it('delay the exit by the idle time that they were promised, and no longer', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, { args: ['--keep-alive', '2s'] })
    await nunicorn.ready(2)
    const kept = await openKept(await nunicorn.address(), 20)
    const answeredAt = performance.now()
    const endings = Promise.all(
      kept.map(async ({ closed }) => ({
        ending: await closed,
        afterMs: performance.now() - answeredAt,
      })),
    )
    expect(await terminate(nunicorn)).toBeLessThan(2_000 + bufferMs + noiseMs)
    expect(await nunicorn.exited).toBe(0)
    for (const { ending, afterMs } of await endings) {
      expect(ending).toBe('fin')
      expect(afterMs).toBeGreaterThan(2_000)
    }
  })

  it('are answered once more within that time, and told to close', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, { args: ['--keep-alive', '10s'] })
    await nunicorn.ready(2)
    const at = await nunicorn.address()
    const kept = await openKept(at, 20)
    nunicorn.signal('SIGTERM')
    await until(() => isRefused(at))
    for (const connection of kept) {
      void connection.send(get('/ok'))
      expect(await connection.readAnswer()).toMatchObject({ status: 200, keepsOpen: false })
      expect(await connection.closed).toBe('fin')
    }
    const from = performance.now()
    expect(await nunicorn.exited).toBe(0)
    expect(performance.now() - from).toBeLessThan(noiseMs)
  })

  it('on which nothing was ever sent get the time to send a first request, and no longer', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project)
    await nunicorn.ready(2)
    const at = await nunicorn.address()
    const silent = await Promise.all(Array.from({ length: 20 }, () => openConnection(at)))
    nunicorn.signal('SIGTERM')
    const from = performance.now()
    await until(() => isRefused(at))
    const [first] = silent
    await first?.send(get('/ok'))
    expect(await first?.readAnswer()).toMatchObject({ status: 200, keepsOpen: false })
    expect(await nunicorn.exited).toBe(0)
    expect(performance.now() - from).toBeLessThan(3_000 + noiseMs)
    expect(await Promise.all(silent.map(({ closed }) => closed))).toEqual(Array(20).fill('fin'))
  })
})

describe('requests that wait in the kernel when TERM comes', () => {
  it.each([2, 4])('are all answered, however many there are for %i workers', async (workers) => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, { workers, args: ['--keep-alive', '1s'] })
    await nunicorn.ready(workers)
    const at = await nunicorn.address()
    const pids = nunicorn.workers()
    // Stopped, they accept nothing: every connection waits in the kernel.
    for (const pid of pids) process.kill(pid, 'SIGSTOP')
    const waiting = await Promise.all(Array.from({ length: 60 }, () => openConnection(at)))
    await Promise.all(waiting.map((connection) => connection.send(get('/cpu?ms=100'))))
    nunicorn.signal('SIGTERM')
    await nunicorn.log.waitFor(/Stopping/)
    for (const pid of pids) process.kill(pid, 'SIGCONT')
    const answers = await Promise.allSettled(
      waiting.map((connection) => connection.readAnswer({ timeoutMs: 20_000 })),
    )
    expect(
      answers.map((answer) =>
        answer.status === 'fulfilled' ? answer.value.status : String(answer.reason),
      ),
    ).toEqual(Array(60).fill(200))
    expect(await nunicorn.exited).toBe(0)
  })
})

describe('new connections after TERM', () => {
  it('are refused as long as something is still being finished', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, { args: ['--keep-alive', '1s'] })
    await nunicorn.ready(2)
    const at = await nunicorn.address()
    await using held = await openConnection(at)
    await held.send(get('/sleep?ms=2000'))
    await openKept(at, 4)
    nunicorn.signal('SIGTERM')
    await until(() => isRefused(at))
    const late = await Promise.all(Array.from({ length: 50 }, () => isRefused(at)))
    expect(late).not.toContain(false)
    expect(await held.readAnswer()).toMatchObject({ status: 200 })
    expect(await nunicorn.exited).toBe(0)
  })
})

const slowBoot = appSource({ version: '2', boot: 'await sleep(20000)' })
const stuckBoot = appSource({ version: '2', boot: 'while (true);' })

describe('TERM in the middle of a reload', () => {
  it.each([
    ['while the canary boots', slowBoot, /Reloading: generation 2/],
    ['while the canary is stuck in its import', stuckBoot, /Reloading: generation 2/],
    ['during the soak', appSource({ version: '2' }), /The first worker of generation 2 is ready/],
    [
      'while the others are replaced',
      appSource({ version: '2', boot: 'if (process.env.NUNICORN_WORKER > 1) await sleep(20000)' }),
      /Worker 1 .* has left/,
    ],
  ])(
    '%s: exits with 0 in time, loses nothing, and no worker survives',
    async (when, source, line) => {
      await using project = await createProject({ 'app.mjs': appSource() })
      const soak = when === 'during the soak' ? '20s' : '300ms'
      await using nunicorn = start(project, {
        args: ['--graceful-timeout', '4s', '--keep-alive', '1s', '--soak', soak],
      })
      await nunicorn.ready(2)
      await using load = await loadOf(nunicorn)
      await answered(load, 200)
      await project.write('app.mjs', source)
      nunicorn.signal('SIGHUP')
      await nunicorn.log.waitFor(line)
      await until(() => nunicorn.workers().length === 3)
      await answered(load, 200)
      const pids = nunicorn.workers()
      const stoppedMs = await allSent(load)
      expect(await terminate(nunicorn)).toBeLessThan(4_000 + 1_000)
      expect(await nunicorn.exited).toBe(0)
      expect(pids.filter(isWorker)).toEqual([])
      expectOnlyRefusedAfter(await load.stop(), stoppedMs)
    },
  )
})

describe('INT', () => {
  it('is quick: it waits neither for slow requests nor for idle connections', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project)
    await nunicorn.ready(2)
    const at = await nunicorn.address()
    await using load = await loadOf(nunicorn)
    await using held = await openConnection(at)
    await held.send(get('/sleep?ms=60000'))
    await openKept(at, 10)
    await answered(load, 200)
    const pids = nunicorn.workers()
    expect(await terminate(nunicorn, 'SIGINT')).toBeLessThan(1_000 + noiseMs)
    expect(await nunicorn.exited).toBe(0)
    expect(pids.filter(isWorker)).toEqual([])
    await nunicorn.log.waitFor(/had to cut at its deadline: .*GET \/sleep/)
  })
})

describe('a drain delay', () => {
  it('serves everybody for so long after TERM, new connections too, and then stops as ever', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, { args: ['--drain-delay', '2s', '--keep-alive', '1s'] })
    await nunicorn.ready(2)
    await using load = await loadOf(nunicorn)
    await answered(load, 200)
    const askedMs = await allSent(load)
    const elapsedMs = await terminate(nunicorn)
    expect(await nunicorn.exited).toBe(0)
    expect(elapsedMs).toBeGreaterThan(2_000)
    const report = await load.stop()
    const early = report.failures.filter(({ openedMs }) => openedMs < askedMs + 2_000)
    expect(early, describeReport(report)).toEqual([])
    expectOnlyRefusedAfter(report, askedMs + 2_000)
  })
})
