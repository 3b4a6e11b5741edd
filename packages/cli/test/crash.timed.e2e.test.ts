import {
  describeReport,
  type HeldConnections,
  killWithOracle,
  type LoadRun,
  type Report,
} from '@nunicorn/torture'
import { describe, expect, it } from 'vitest'

import { appSource } from './support/app.ts'
import { brokenCode } from './support/broken-code.ts'
import { answered, expectNoFailure, loadOf } from './support/load.ts'
import { type Nunicorn, startNunicorn } from './support/nunicorn.ts'
import { createProject, type Project } from './support/project.ts'
import { until } from './support/until.ts'

/** What a connection may wait that is opened after a worker has died: neighbours accept on its slots. */
const longestWaitMs = 300

const slowBoot = 'await new Promise((resolve) => setTimeout(resolve, 1_500))'

function start(project: Project, workers: number, ...args: readonly string[]): Nunicorn {
  return startNunicorn({
    directory: project.directory,
    args: ['app.mjs', '-w', String(workers), '-b', '127.0.0.1:0', ...args],
  })
}

/** Only what a killed process held may have failed. */
function expectOnlyHeld(report: Report, held: readonly HeldConnections[]): void {
  expect(report.failuresOutside(...held), describeReport(report)).toEqual([])
  expect(report.ok).toBeGreaterThan(0)
}

/** Each of these ended and was replaced, and the log says why. */
async function replaced(nunicorn: Nunicorn, pids: readonly number[], why: RegExp): Promise<void> {
  for (const pid of pids) {
    const line = nunicorn.log.waitFor(new RegExp(`pid ${pid}\\) ended: ${why.source}`))
    await line
  }
  await until(() => pids.every((pid) => !nunicorn.workers().includes(pid)))
}

describe.each([2, 4])('with %i workers', (workers) => {
  it('a SIGKILLed worker costs what it held, five times over, and nobody waits for its replacement', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, workers)
    await nunicorn.ready(workers)
    await using load = await loadOf(nunicorn)
    const held: HeldConnections[] = []
    const kills: number[] = []
    for (let round = 1; round <= 5; round += 1) {
      await answered(load, 300)
      const [victim = 0] = nunicorn.workers()
      kills.push(load.nowMs())
      held.push(await killWithOracle(victim))
      await replaced(nunicorn, [victim], /a signal from outside, SIGKILL/)
      await nunicorn.ready(workers + round)
    }
    await answered(load, 100)
    const report = await load.stop()
    expectOnlyHeld(report, held)
    for (const openedAfterMs of kills) {
      expect(report.longestWait({ openedAfterMs })?.waitMs).toBeLessThan(
        longestWaitMs + report.clientStallMs,
      )
    }
  })

  it('all workers SIGKILLed at once: nobody is refused or reset, and what waits is answered after one boot', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, workers)
    await nunicorn.ready(workers)
    await using load = await loadOf(nunicorn)
    await answered(load, 300)
    const victims = nunicorn.workers()
    for (const pid of victims) process.kill(pid, 'SIGSTOP')
    const held = await Promise.all(victims.map(killWithOracle))
    await nunicorn.ready(2 * workers)
    await answered(load, 300)
    const report = await load.stop()
    expectOnlyHeld(report, held)
    expect(report.outcomes.refused).toBe(0)
    await until(() => nunicorn.workers().length === workers)
  })
})

describe.each(Object.entries(brokenCode))(
  'a worker SIGKILLed while there is %s on disk',
  (_, { source, says }) => {
    it('leaves its neighbour serving; its slot is filled once the code is mended', async () => {
      await using project = await createProject({ 'app.mjs': appSource() })
      await using nunicorn = start(project, 2, '--boot-timeout', '1s')
      await nunicorn.ready(2)
      await using load = await loadOf(nunicorn)
      await project.write('app.mjs', source)
      await answered(load, 100)
      const [victim = 0, neighbour = 0] = nunicorn.workers()
      const held = await killWithOracle(victim)
      await nunicorn.log.waitFor(says)
      await nunicorn.log.waitFor(
        /Degraded: workers of slot \d keep dying.*1 of 2 workers are ready/,
      )
      await answered(load, 200)
      expect(nunicorn.workers()).toContain(neighbour)
      await project.write('app.mjs', appSource({ version: '2' }))
      nunicorn.signal('SIGHUP')
      await nunicorn.log.waitFor(/Reloaded: all workers/)
      await nunicorn.log.waitFor(/Recovered: 2 of 2/, { withinMs: 30_000 })
      const report = await load.stop()
      // An app that dies by itself takes with it what it held, each time.
      const failures = report
        .failuresOutside(held)
        .filter((failure) => failure.worker === String(neighbour))
      expect(
        source.includes('exit') ? failures : report.failuresOutside(held),
        describeReport(report),
      ).toEqual([])
    })
  },
)

describe('a worker SIGKILLed', () => {
  it('while it boots costs nobody anything and is started again once', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, 2)
    await nunicorn.ready(2)
    const before = nunicorn.workers()
    await using load = await loadOf(nunicorn)
    await project.write('app.mjs', appSource({ boot: slowBoot }))
    nunicorn.signal('SIGTTIN')
    const booting = await until(() => nunicorn.workers().find((pid) => !before.includes(pid)))
    process.kill(booting, 'SIGKILL')
    await replaced(nunicorn, [booting], /a signal from outside, SIGKILL/)
    await nunicorn.ready(3)
    await answered(load, 100)
    expect(nunicorn.workers()).toHaveLength(3)
    expectNoFailure(await load.stop())
  })

  it('as the first of a reload leaves the old ones serving', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, 2)
    await nunicorn.ready(2)
    const before = nunicorn.workers()
    await using load = await loadOf(nunicorn)
    await project.write('app.mjs', appSource({ version: '2', boot: slowBoot }))
    nunicorn.signal('SIGHUP')
    const canary = await until(() => nunicorn.workers().find((pid) => !before.includes(pid)))
    process.kill(canary, 'SIGKILL')
    await nunicorn.log.waitFor(/Reload failed; the old workers go on serving.*SIGKILL/)
    await answered(load, 200)
    expect(nunicorn.workers()).toEqual(before)
    expect([...load.progress.versions.keys()]).toEqual(['1'])
    expectNoFailure(await load.stop())
  })

  it('while it drains costs what it held; the reload goes on', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, 2)
    await nunicorn.ready(2)
    const before = nunicorn.workers()
    await using bystanders = await loadOf(nunicorn)
    await using slow = await loadOf(nunicorn, {
      clients: [{ kind: 'keep-alive', concurrency: 8 }],
      request: { path: '/sleep?ms=4000' },
      timeoutMs: 10_000,
    })
    await answered(bystanders, 100)
    nunicorn.signal('SIGHUP')
    await nunicorn.ready(4)
    const draining = await until(() => before.find((pid) => nunicorn.workers().includes(pid)))
    const held = await killWithOracle(draining)
    await nunicorn.log.waitFor(/Reloaded: all workers are of generation 2/)
    await answered(bystanders, 100)
    expectOnlyHeld(await bystanders.stop(), [held])
    expect((await slow.stop()).failuresOutside(held)).toEqual([])
  })
})

describe('a crash loop', () => {
  it('is damped, says so once, and recovers by itself when the code is mended', async () => {
    await using project = await createProject({
      'app.mjs': appSource({ boot: 'setTimeout(() => process.exit(1), 100)' }),
    })
    await using nunicorn = start(project, 2)
    await nunicorn.log.waitFor(/Degraded/)
    const degradedAt = nunicorn.log.lines.length
    // Two more deaths of a slot go by in silence.
    const seen = new Set(nunicorn.workers())
    await until(() => nunicorn.workers().forEach((pid) => seen.add(pid)) ?? seen.size >= 3)
    expect(nunicorn.log.lines.slice(degradedAt).filter((line) => line.includes('ended'))).toEqual(
      [],
    )
    expect(nunicorn.log.lines.length).toBeLessThan(30)
    await project.write('app.mjs', appSource())
    await nunicorn.log.waitFor(/Recovered: 2 of 2 workers are ready/, { withinMs: 60_000 })
    await using load: LoadRun = await loadOf(nunicorn)
    await answered(load, 100)
    expectNoFailure(await load.stop())
  }, 90_000)
})

describe('a crash loop of a minute', () => {
  // Takes its minute.
  it.runIf(process.env['NUNICORN_LONG_TESTS'] !== undefined)(
    'of all workers makes at most 30 restarts and 30 lines',
    async () => {
      await using project = await createProject({
        'app.mjs': appSource({ boot: 'setTimeout(() => process.exit(1), 100)' }),
      })
      await using nunicorn = start(project, 2)
      await nunicorn.ready(1)
      const seen = new Set<number>()
      const startedAt = performance.now()
      await until(
        () => {
          for (const pid of nunicorn.workers()) seen.add(pid)
          return performance.now() - startedAt > 60_000
        },
        { withinMs: 61_000 },
      )
      expect(seen.size).toBeGreaterThan(4)
      expect(seen.size).toBeLessThanOrEqual(30)
      expect(nunicorn.log.lines.length).toBeLessThanOrEqual(30)
      expect(nunicorn.process.exitCode).toBeNull()
    },
    90_000,
  )
})

describe('an app that ends its worker', () => {
  it.each([
    ['process.exit', '/exit?code=7', /it exited by itself with code 7/],
    ['an uncaught error', '/throw', /it exited by itself with code 1/],
  ])('by %s costs only that worker its requests, and the cause is named', async (_, path, why) => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, 2)
    await nunicorn.ready(2)
    await using bystanders = await loadOf(nunicorn, {
      clients: [{ kind: 'open-loop', ratePerSecond: 50 }],
    })
    await using culprit = await loadOf(nunicorn, {
      clients: [{ kind: 'connection-per-request', concurrency: 1 }],
      request: { path },
    })
    await culprit.until((progress) => progress.failed >= 1)
    await culprit.stop()
    await nunicorn.log.waitFor(why)
    await nunicorn.ready(3)
    const report = await bystanders.stop()
    expect(report.outcomes.refused).toBe(0)
    expect(report.failed).toBeLessThanOrEqual(culprit.progress.failed * 2)
  })

  it('by a fatal signal is named by that signal', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, 2)
    await nunicorn.ready(2)
    process.kill(nunicorn.workers()[0] ?? 0, 'SIGSEGV')
    await nunicorn.log.waitFor(/ended: a signal from outside, SIGSEGV/)
    await nunicorn.ready(3)
  })
})
