import { describe, expect, it } from 'vitest'

import { appSource } from './support/app.ts'
import { brokenCode } from './support/broken-code.ts'
import { answered, expectNoFailure, loadOf } from './support/load.ts'
import { type Nunicorn, startNunicorn } from './support/nunicorn.ts'
import { createProject, type Project } from './support/project.ts'
import { until } from './support/until.ts'

const quickSoak = ['--soak', '300ms']

function start(project: Project, workers: number, ...args: readonly string[]): Nunicorn {
  return startNunicorn({
    directory: project.directory,
    args: ['app.mjs', '-w', String(workers), '-b', '127.0.0.1:0', ...args],
  })
}

/** HUP, and wait for what becomes of it. */
async function reload(nunicorn: Nunicorn, outcome: RegExp): Promise<void> {
  const from = nunicorn.log.lines.length
  nunicorn.signal('SIGHUP')
  await nunicorn.log.waitFor(outcome, { from, withinMs: 30_000 })
}

const reloaded = /Reloaded: all workers are of generation/
const failed = /Reload (failed|refused); the old workers go on serving/

/** The fleet has settled: so many workers, and no more processes than that. */
async function settled(nunicorn: Nunicorn, workers: number): Promise<void> {
  await until(() => nunicorn.workers().length === workers)
}

describe.each([2, 4])('with %i workers', (workers) => {
  it('loses no request over 5 reloads in a row, then 20 signals in one second', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, workers, ...quickSoak)
    await nunicorn.ready(workers)
    await using load = await loadOf(nunicorn)
    for (let count = 0; count < 5; count += 1) {
      await reload(nunicorn, reloaded)
      await answered(load, 300)
    }
    const from = nunicorn.log.lines.length
    const storm = setInterval(() => nunicorn.signal('SIGHUP'), 50)
    await nunicorn.log.waitFor(/Another reload follows/, { from })
    setTimeout(() => clearInterval(storm), 1_000)
    await nunicorn.log.waitFor(reloaded, { from, count: 2, withinMs: 30_000 })
    await settled(nunicorn, workers)
    expectNoFailure(await load.stop())
  })

  it('scales up and down eight times, five times over, without a failure', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, workers)
    await nunicorn.ready(workers)
    await using load = await loadOf(nunicorn)
    for (let round = 0; round < 5; round += 1) {
      for (const [signal, target] of [
        ['SIGTTIN', workers + 8],
        ['SIGTTOU', workers],
      ] as const) {
        for (let count = 0; count < 8; count += 1) {
          const from = nunicorn.log.lines.length
          nunicorn.signal(signal)
          await nunicorn.log.waitFor(/Scaling to \d+ workers/, { from })
        }
        await nunicorn.log.waitFor(new RegExp(`Scaling to ${target} workers`), { count: round + 1 })
        await answered(load, 50)
      }
    }
    await settled(nunicorn, workers)
    expectNoFailure(await load.stop())
  })
})

describe('a slow app', () => {
  it('is reloaded without a pause: the old workers serve while it boots for 5 s', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, 2, ...quickSoak)
    await nunicorn.ready(2)
    await using load = await loadOf(nunicorn)
    await project.write('app.mjs', appSource({ version: '2', boot: 'await sleep(5000)' }))
    await reload(nunicorn, reloaded)
    await answered(load, 100)
    const report = await load.stop()
    expectNoFailure(report)
    expect(report.versions.get('2')?.answers).toBeGreaterThan(0)
    expect(report.longestWait()?.waitMs).toBeLessThan(500 + report.clientStallMs)
  })

  it('is reloaded twice by overlapping signals: one generation, the newest code, the right number of processes', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, 2, ...quickSoak)
    await nunicorn.ready(2)
    await using load = await loadOf(nunicorn)
    await project.write('app.mjs', appSource({ version: '2', boot: 'await sleep(1500)' }))
    nunicorn.signal('SIGHUP')
    await nunicorn.log.waitFor(/Reloading: generation 2/)
    await until(() => nunicorn.workers().length === 3)
    await project.write('app.mjs', appSource({ version: '3' }))
    nunicorn.signal('SIGHUP')
    await nunicorn.log.waitFor(/all workers are of generation 3/, { withinMs: 30_000 })
    await settled(nunicorn, 2)
    const before = load.progress.versions.get('3')?.answers ?? 0
    await answered(load, 100)
    const report = await load.stop()
    expectNoFailure(report)
    expect(report.versions.get('3')?.answers).toBeGreaterThanOrEqual(before + 90)
  })
})

describe.each(Object.entries(brokenCode))('%s on disk', (_, { source, says }) => {
  it('does not take the service down on HUP; mended, HUP takes the new code', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, 2, '--boot-timeout', '2s')
    await nunicorn.ready(2)
    const before = nunicorn.workers()
    await using load = await loadOf(nunicorn)
    await project.write('app.mjs', source)
    await reload(nunicorn, failed)
    await nunicorn.log.waitFor(says)
    await settled(nunicorn, 2)
    expect(nunicorn.workers()).toEqual(before)
    await answered(load, 100)
    await project.write('app.mjs', appSource({ version: '2' }))
    await reload(nunicorn, reloaded)
    await answered(load, 100)
    const report = await load.stop()
    // The dying canary itself may hold requests when it goes; they are of its version.
    expect(
      report.failures.filter(
        (failure) => failure.worker !== undefined && before.includes(Number(failure.worker)),
      ),
    ).toEqual([])
    if (!source.includes('exit')) expectNoFailure(report)
    expect(report.versions.get('2')?.answers).toBeGreaterThan(0)
  })

  it('does not take the service down on TTIN, which is tried again and says why', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, 2, '--boot-timeout', '2s')
    await nunicorn.ready(2)
    const before = nunicorn.workers()
    await using load = await loadOf(nunicorn)
    await project.write('app.mjs', source)
    nunicorn.signal('SIGTTIN')
    await nunicorn.log.waitFor(says)
    await nunicorn.log.waitFor(/Slot 3: 2 workers in a row|Degraded/, { withinMs: 30_000 })
    for (const pid of before) expect(nunicorn.workers()).toContain(pid)
    await project.write('app.mjs', appSource({ version: '2' }))
    await load.until((progress) => progress.versions.has('2'))
    const report = await load.stop()
    if (!source.includes('exit')) expectNoFailure(report)
  })
})

describe('broken settings on disk', () => {
  it('refuse the reload and say all that is wrong; mended, they are taken', async () => {
    await using project = await createProject({
      'app.mjs': appSource(),
      'nunicorn.config.mjs': 'export default { timeout: "20s" }',
    })
    await using nunicorn = start(project, 2, ...quickSoak)
    await nunicorn.ready(2)
    const before = nunicorn.workers()
    await using load = await loadOf(nunicorn)
    await project.write('nunicorn.config.mjs', 'export default { timeout: "soon", wrokers: 2 }')
    await reload(nunicorn, failed)
    const text = nunicorn.log.lines.join('\n')
    expect(text).toMatch(/wrokers/)
    expect(text).toMatch(/timeout/)
    await project.write('nunicorn.config.mjs', 'export default {')
    await reload(nunicorn, failed)
    expect(nunicorn.workers()).toEqual(before)
    await project.write('nunicorn.config.mjs', 'export default { env: { COLOUR: "red" } }')
    await reload(nunicorn, reloaded)
    expectNoFailure(await load.stop())
  })

  it('keep a fleet that TTIN has enlarged, unless the configured size itself changes', async () => {
    await using project = await createProject({
      'app.mjs': appSource(),
      'nunicorn.config.mjs': 'export default { workers: 2 }',
    })
    await using nunicorn = startNunicorn({
      directory: project.directory,
      args: ['app.mjs', '-b', '127.0.0.1:0', '--soak', '0'],
    })
    await nunicorn.ready(2)
    nunicorn.signal('SIGTTIN')
    await nunicorn.ready(3)
    await reload(nunicorn, reloaded)
    await settled(nunicorn, 3)
    await project.write('nunicorn.config.mjs', 'export default { workers: 1 }')
    await reload(nunicorn, reloaded)
    await settled(nunicorn, 1)
  })
})

describe('max-requests', () => {
  it('replaces workers under 16 keep-alive clients for 8 s without a failure or a gap', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, 2, '--max-requests', '200', '--max-requests-jitter', '50')
    await nunicorn.ready(2)
    await using load = await loadOf(nunicorn, {
      clients: [{ kind: 'keep-alive', concurrency: 16, thinkMs: [0, 5, 20] }],
    })
    await load.until(() => load.nowMs() >= 8_000)
    const report = await load.stop()
    expectNoFailure(report)
    expect(report.workers.size).toBeGreaterThan(4)
    await settled(nunicorn, 2)
  })
})
