import { readFileSync } from 'node:fs'

import { type LoadRun, openConnection, startLoad, type Target } from '@nunicorn/torture'
import { describe, expect, it } from 'vitest'

import { appSource } from './support/app.ts'
import { answered, expectNoFailure, loadOf } from './support/load.ts'
import { type Nunicorn, startNunicorn } from './support/nunicorn.ts'
import { type BadOutput, closedPipe, fullDisk, stalledPipe } from './support/output.ts'
import { createProject, type Project } from './support/project.ts'
import { until } from './support/until.ts'

const outputs: readonly (readonly [string, (project: Project) => BadOutput])[] = [
  ['on a full disk', fullDisk],
  ['closed', closedPipe],
  ['stalled', stalledPipe],
]

/** Each request prints so much: together 320 MB, of which no process may keep a fifth; V8's young generation alone may take 48. */
const pieceBytes = 64 * 1024
const pieces = 5_000
const mostGrowthBytes = 64 * 1024 * 1024

/** What a process has in memory (proc_pid_status(5)). */
function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kibibytes) * 1024
}

/** Prints tens of megabytes under load; resolves with how much each process has grown by it. */
async function growth(nunicorn: Nunicorn, load: LoadRun): Promise<readonly number[]> {
  const pids = [nunicorn.pid, ...nunicorn.workers()]
  // The first requests make any process grow.
  await answered(load, 500)
  const before = pids.map(residentBytes)
  await answered(load, pieces)
  return pids.map((pid, index) => residentBytes(pid) - (before[index] ?? 0))
}

/** HUP, until nobody of the old generation is left: starting and ending processes must not change how the others write. */
async function replaceAll(nunicorn: Nunicorn): Promise<void> {
  const before = nunicorn.workers()
  nunicorn.signal('SIGHUP')
  await until(
    () =>
      nunicorn.workers().length === 2 && !nunicorn.workers().some((pid) => before.includes(pid)),
  )
}

async function terminate(nunicorn: Nunicorn): Promise<number> {
  const from = performance.now()
  nunicorn.signal('SIGTERM')
  await nunicorn.exited
  return performance.now() - from
}

describe.each(outputs)('stdout %s', (_, open) => {
  it('keeps no request from being answered, is counted in the log, and costs neither memory nor time', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    using output = open(project)
    const args = [
      'app.mjs',
      '-w',
      '2',
      '-b',
      '127.0.0.1:0',
      '--keep-alive',
      '1s',
      '--soak',
      '300ms',
    ]
    await using nunicorn = startNunicorn({ directory: project.directory, args, stdout: output.fd })
    await nunicorn.ready(2)
    await replaceAll(nunicorn)
    const workers = nunicorn.workers()
    await using load = await loadOf(nunicorn, { request: { path: `/print?bytes=${pieceBytes}` } })
    for (const grown of await growth(nunicorn, load)) expect(grown).toBeLessThan(mostGrowthBytes)
    for (const pid of workers) {
      const [, count] = await nunicorn.log.waitFor(
        new RegExp(`Worker with pid ${pid} could not write (\\d+) pieces of output`),
      )
      expect(Number(count)).toBeGreaterThan(0)
    }
    expectNoFailure(await load.stop())
    expect(nunicorn.workers()).toEqual(workers)
    expect(await terminate(nunicorn)).toBeLessThan(3_000)
    expect(await nunicorn.exited).toBe(0)
  })
})

describe.each(outputs)('stderr %s', (_, open) => {
  it('keeps the arbiter neither from replacing workers, nor from reloading, nor from stopping', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    using output = open(project)
    // Nobody can read here where it listens, so that has to be known before.
    const target = { path: project.path('app.sock') }
    const args = [
      'app.mjs',
      '-w',
      '2',
      '-b',
      `unix:${target.path}`,
      '--keep-alive',
      '1s',
      '--soak',
      '300ms',
    ]
    await using nunicorn = startNunicorn({ directory: project.directory, args, stderr: output.fd })
    await until(() => isServing(target))
    await until(() => nunicorn.workers().length === 2)
    // Over a Unix socket one worker may get all the connections that are kept.
    const clients = [
      { kind: 'connection-per-request', concurrency: 4 },
      { kind: 'keep-alive', concurrency: 4, thinkMs: [1, 5, 50] },
    ] as const
    const request = { path: `/print?by=error&bytes=${pieceBytes}` }
    await using load = startLoad({ target, clients, request })
    await load.until(({ workers }) => workers.size === 2)
    await project.write('app.mjs', appSource({ version: '2' }))
    await replaceAll(nunicorn)
    for (const grown of await growth(nunicorn, load)) expect(grown).toBeLessThan(mostGrowthBytes)
    nunicorn.signal('SIGTTIN')
    await until(() => nunicorn.workers().length === 3)
    await answered(load, 100)
    const report = await load.stop()
    expectNoFailure(report)
    expect(report.versions.get('2')?.answers).toBeGreaterThan(pieces)
    expect(await terminate(nunicorn)).toBeLessThan(3_000)
    expect(await nunicorn.exited).toBe(0)
  })
})

async function isServing(target: Target): Promise<boolean> {
  try {
    await using _accepted = await openConnection(target)
    return true
  } catch {
    return false
  }
}
