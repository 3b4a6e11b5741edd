import { spawn } from 'node:child_process'
import { once } from 'node:events'

import {
  describeReport,
  type HeldConnections,
  heldConnections,
  type Report,
} from '@nunicorn/torture'
import { describe, expect, it } from 'vitest'

import { appSource } from './support/app.ts'
import { createCgroup } from './support/cgroup.ts'
import { answered, expectNoFailure, loadOf } from './support/load.ts'
import { type Nunicorn, startNunicorn } from './support/nunicorn.ts'
import { createProject, type Project } from './support/project.ts'
import { until } from './support/until.ts'

const longestWaitMs = 300

function start(project: Project, workers: number, ...args: readonly string[]): Nunicorn {
  const all = ['app.mjs', '-w', String(workers), '-b', '127.0.0.1:0', '--timeout', '3s', ...args]
  return startNunicorn({ directory: project.directory, args: all })
}

/** Whatever failed, failed on a connection that the hung worker had accepted. */
function expectOnlyHeld(report: Report, held: HeldConnections): void {
  expect(report.failuresOutside(held), describeReport(report)).toEqual([])
}

describe.each([2, 4])('one of %i workers', (workers) => {
  it('in an endless loop is named by file and line and replaced; new connections do not notice', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, workers)
    await nunicorn.ready(workers)
    await using load = await loadOf(nunicorn, { timeoutMs: 10_000 })
    await answered(load, 200)
    await using culprit = await loadOf(nunicorn, {
      clients: [{ kind: 'connection-per-request', concurrency: 1 }],
      request: { path: '/block' },
      timeoutMs: 10_000,
    })
    const [, pid = '0'] = await nunicorn.log.waitFor(/pid (\d+)\) has missed its beats/)
    void culprit.stop()
    const held = await heldConnections(Number(pid))
    const hungMs = load.nowMs()
    await nunicorn.log.waitFor(
      new RegExp(`pid ${pid}\\) ended: it did not answer within timeout and was spinning, in:`),
    )
    await nunicorn.log.waitFor(/at spinForEver \(.*app\.mjs:\d+:\d+\)/)
    await nunicorn.ready(workers + 1)
    await answered(load, 200)
    const report = await load.stop()
    expectOnlyHeld(report, held)
    expect(report.longestWait({ openedAfterMs: hungMs })?.waitMs).toBeLessThan(
      longestWaitMs + report.clientStallMs,
    )
    await until(
      () => nunicorn.workers().length === workers && !nunicorn.workers().includes(Number(pid)),
    )
  })

  it('SIGSTOPped is found and replaced; new connections do not notice', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, workers)
    await nunicorn.ready(workers)
    await using load = await loadOf(nunicorn, { timeoutMs: 10_000 })
    await answered(load, 200)
    const [victim = 0] = nunicorn.workers()
    process.kill(victim, 'SIGSTOP')
    const stoppedMs = load.nowMs()
    await nunicorn.log.waitFor(new RegExp(`pid ${victim}\\) has missed its beats`))
    const held = await heldConnections(victim)
    await nunicorn.log.waitFor(
      new RegExp(`pid ${victim}\\) ended: it did not answer within timeout and was stopped`),
    )
    await nunicorn.ready(workers + 1)
    await answered(load, 200)
    const report = await load.stop()
    expectOnlyHeld(report, held)
    expect(report.longestWait({ openedAfterMs: stoppedMs })?.waitMs).toBeLessThan(
      longestWaitMs + report.clientStallMs,
    )
  })

  it('blocked in the kernel is told from one that spins', async () => {
    const boot = `
import { execFileSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
function readForEver() {
  execFileSync('mkfifo', ['-m', '600', 'fifo-' + process.pid])
  closeSync(openSync('fifo-' + process.pid, 'r'))
}
`
    const source = appSource({ boot }).replace(
      "'/block': () => spinForEver()",
      "'/block': () => readForEver()",
    )
    await using project = await createProject({ 'app.mjs': source })
    await using nunicorn = start(project, workers, '--timeout', '2s')
    await nunicorn.ready(workers)
    await using culprit = await loadOf(nunicorn, {
      clients: [{ kind: 'connection-per-request', concurrency: 1 }],
      request: { path: '/block' },
      timeoutMs: 15_000,
    })
    await nunicorn.log.waitFor(/has missed its beats/)
    void culprit.stop()
    await nunicorn.log.waitFor(/ended: it did not answer within timeout and was blocked in \w+/)
    await nunicorn.ready(workers + 1)
  })
})

describe('every worker at once', () => {
  it('in an endless loop: nobody is refused, all are replaced, and the service is back', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, 2, '--timeout', '2s')
    await nunicorn.ready(2)
    const before = nunicorn.workers()
    await using culprits = await loadOf(nunicorn, {
      clients: [{ kind: 'connection-per-request', concurrency: 8 }],
      request: { path: '/block' },
      timeoutMs: 15_000,
    })
    await nunicorn.log.waitFor(/has missed its beats/, { count: 2 })
    void culprits.stop()
    await until(() => before.every((pid) => !nunicorn.workers().includes(pid)), {
      withinMs: 30_000,
    })
    // Requests that waited in the queue are endless loops, too: each takes its worker with it, until none is left.
    await using load = await loadOf(nunicorn, {
      clients: [{ kind: 'open-loop', ratePerSecond: 20 }],
      timeoutMs: 20_000,
    })
    await load.until((progress) => progress.ok >= 20)
    const report = await load.stop()
    expect(report.outcomes.refused).toBe(0)
  }, 90_000)
})

describe('a busy worker', () => {
  it('that blocks for less than the timeout is left alone', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, 2)
    await nunicorn.ready(2)
    const before = nunicorn.workers()
    await using load = await loadOf(nunicorn, {
      clients: [{ kind: 'connection-per-request', concurrency: 1 }],
      request: { path: '/cpu?ms=2300' },
    })
    await nunicorn.log.waitFor(/beats again/)
    expectNoFailure(await load.stop())
    expect(nunicorn.workers()).toEqual(before)
  })
})

describe('a worker that gets no CPU time', () => {
  it('because of its quota is not killed, the log shows nr_throttled, and it goes on', async ({
    skip,
  }) => {
    await using cgroup = createCgroup('cpu')
    if (cgroup === undefined) return skip('this user may not make a cpu cgroup here')
    // Work, not time: the more it is throttled, the longer it takes.
    const work = `for (let count = 0, end = 1e9; count < end; count += 1) spent = count`
    const source = appSource({ boot: 'let spent = 0' }).replace(
      "'/block': () => spinForEver()",
      `'/block': (_, response) => { ${work}\n response.end(String(spent)) }`,
    )
    await using project = await createProject({ 'app.mjs': source })
    await using nunicorn = start(project, 1, '--timeout', '2s')
    await nunicorn.ready(1)
    const workers = nunicorn.workers()
    const [worker = 0] = workers
    cgroup.write(1_000)
    cgroup.add(worker)
    await using job = await loadOf(nunicorn, {
      clients: [{ kind: 'connection-per-request', concurrency: 1 }],
      request: { path: '/block' },
      timeoutMs: 40_000,
    })
    await nunicorn.log.waitFor(
      /is silent because it gets no CPU time \(nr_throttled rose by \d+: its cgroup's quota stopped it for .*; CPU pressure \d+ %\); it is not killed for that/,
    )
    cgroup.write('max')
    await nunicorn.log.waitFor(/beats again/)
    await job.until((progress) => progress.ok >= 1)
    expect(nunicorn.workers()).toEqual(workers)
  })

  it('because of busier neighbours is not killed', async ({ skip }) => {
    if (process.getuid?.() !== 0) return skip('only root may raise a priority')
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, 2)
    await nunicorn.ready(2)
    const workers = nunicorn.workers()
    // They end by themselves, whatever becomes of this test.
    const hogs = Array.from({ length: 8 }, () =>
      spawn('nice', ['-n', '-5', 'timeout', '10', 'sh', '-c', 'while :; do :; done'], {
        stdio: 'ignore',
      }),
    )
    await using load = await loadOf(nunicorn, { timeoutMs: 20_000 })
    await Promise.all(hogs.map((hog) => once(hog, 'exit')))
    await answered(load, 20)
    expect(nunicorn.workers()).toEqual(workers)
    expect(nunicorn.log.lines.filter((line) => line.includes('ended:'))).toEqual([])
    expectNoFailure(await load.stop())
  })
})
