import { describe, expect, it } from 'vitest'

import { appSource } from './support/app.ts'
import { answered, expectNoFailure, loadOf } from './support/load.ts'
import { type Nunicorn, startNunicorn } from './support/nunicorn.ts'
import { createProject, type Project } from './support/project.ts'

function start(project: Project, workers: number, ...args: readonly string[]): Nunicorn {
  return startNunicorn({
    directory: project.directory,
    args: ['app.mjs', '-w', String(workers), '-b', '127.0.0.1:0', ...args],
  })
}

const retires = /retires \(max-memory: it uses \d+ MB, the limit is 150 MB\)/

describe.each(process.env['NUNICORN_LONG_TESTS'] ? [2, 4] : [2])(
  'workers that leak, all %i of them',
  (workers) => {
    it('are replaced one at a time when they reach max-memory, and no request fails', async () => {
      await using project = await createProject({ 'app.mjs': appSource() })
      await using nunicorn = start(project, workers, '--max-memory', '150mb')
      await nunicorn.ready(workers)
      await using load = await loadOf(nunicorn)
      await using leak = await loadOf(nunicorn, {
        clients: [{ kind: 'open-loop', ratePerSecond: 25 * workers }],
        request: { path: '/leak?bytes=400000' },
      })
      await nunicorn.log.waitFor(retires, { count: workers, withinMs: 90_000 })
      await nunicorn.ready(2 * workers)
      expectNoFailure(await leak.stop())
      await answered(load, 100)
      expectNoFailure(await load.stop())
      expect(nunicorn.log.lines.filter((line) => /Degraded|ended:/.test(line))).toEqual([])
      expect(orderOfReplacements(nunicorn.log.lines)).not.toContain('retires retires')
    }, 120_000)
  },
)

/** `retires left retires left`: in between the replacement has got ready. */
function orderOfReplacements(lines: readonly string[]): string {
  return lines.flatMap((line) => /\) (retires|has left)/.exec(line)?.[1] ?? []).join(' ')
}

describe('a worker above max-memory-hard', () => {
  it('is killed and replaced even if it is stuck', async () => {
    const source = appSource().replace(
      "'/block': () => spinForEver()",
      "'/block': () => { leaked.push(Buffer.alloc(200 * 2 ** 20, 1)); spinForEver() }",
    )
    await using project = await createProject({ 'app.mjs': source })
    await using nunicorn = start(project, 2, '--max-memory-hard', '150mb', '--timeout', '60s')
    await nunicorn.ready(2)
    const before = nunicorn.workers()
    await using bystanders = await loadOf(nunicorn, {
      clients: [{ kind: 'open-loop', ratePerSecond: 50 }],
    })
    await using culprit = await loadOf(nunicorn, {
      clients: [{ kind: 'connection-per-request', concurrency: 1 }],
      request: { path: '/block' },
      timeoutMs: 20_000,
    })
    const [, victim = ''] = await nunicorn.log.waitFor(
      /\(pid (\d+)\) ended: it used 2\d\d MB, more than max-memory-hard \(150 MB\), and was killed/,
    )
    void culprit.stop()
    expect(before).toContain(Number(victim))
    await nunicorn.ready(3)
    const report = await bystanders.stop()
    expect(report.outcomes.refused).toBe(0)
    expect(report.failures.filter(({ worker }) => worker !== victim && worker)).toEqual([])
  })

  it('which the app itself needs: the start ends with that cause', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, 2, '--max-memory-hard', '2mb')
    await nunicorn.log.waitFor(/cannot be started.*more than max-memory-hard \(2\.0 MB\)/)
    expect(await nunicorn.exited).toBe(3)
  })
})

describe('a max-memory below what the app needs', () => {
  it('is said once, and nobody is replaced for it at first', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, 2, '--max-memory', '2mb')
    await nunicorn.ready(2)
    const workers = nunicorn.workers()
    await nunicorn.log.waitFor(
      /max-memory \(2\.0 MB\) is too low for this app, or it leaks fast: .* this one in 10\.0 s\. Raise max-memory/,
    )
    expect(nunicorn.workers()).toEqual(workers)
    await nunicorn.log.waitFor(/retires \(max-memory/)
    expect(nunicorn.log.lines.filter((line) => line.includes('is too low'))).toHaveLength(1)
  }, 60_000)
})
