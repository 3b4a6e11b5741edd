import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'

import { describe, it } from 'vitest'

import { appSource } from './support/app.ts'
import { answered, expectNoFailure, loadOf } from './support/load.ts'
import { startNunicorn } from './support/nunicorn.ts'
import { createProject } from './support/project.ts'
import { until } from './support/until.ts'

const firstWorkerHasFewDescriptors = `
import { execFileSync } from 'node:child_process'
if (process.env.NUNICORN_WORKER === '1')
  execFileSync('prlimit', ['--pid', String(process.pid), '--nofile=60:'])
`
/** More connections than 60 descriptors allow, each for a while. */
const crowd = {
  clients: [{ kind: 'connection-per-request', concurrency: 100 }],
  request: { path: '/sleep?ms=20' },
} as const

describe.each([
  { way: 'slots', args: [] },
  { way: 'a shared socket', args: ['--balance', 'shared'] },
])('with $way', ({ args }) => {
  it('one worker at its descriptor limit costs no connection, and comes back when it is raised', async () => {
    await using project = await createProject({
      'app.mjs': appSource({ boot: firstWorkerHasFewDescriptors }),
    })
    await using nunicorn = startNunicorn({
      directory: project.directory,
      args: ['app.mjs', '-w', '2', '-b', '127.0.0.1:0', ...args],
    })
    await nunicorn.ready(2)
    await using load = await loadOf(nunicorn, crowd)
    const [, pid] = await nunicorn.log.waitFor(
      /\[(\d+)\] \[WARNING\] Accepts no connections .* of 60 file descriptors/,
    )
    const limited = Number(pid)
    await answered(load, 4_000)
    const answers = (): number => load.progress.workers.get(String(limited))?.answers ?? 0
    const before = answers()
    limitDescriptors(limited, 1_024)
    await nunicorn.log.waitFor(/\[INFO\] Accepts connections again, after \d+ ms/)
    await load.until(() => answers() > before + 500)
    expectNoFailure(await load.stop())
    await until(() => descriptorsOf(limited) < 40)
  })
})

it('all workers at their limit serve on, one after the other', async () => {
  await using project = await createProject({ 'app.mjs': appSource() })
  await using nunicorn = startNunicorn({
    directory: project.directory,
    args: ['app.mjs', '-w', '2', '-b', '127.0.0.1:0', '--worker-connections', '10'],
  })
  await nunicorn.ready(2)
  await using load = await loadOf(nunicorn, {
    ...crowd,
    clients: [
      { kind: 'connection-per-request', concurrency: 50 },
      { kind: 'keep-alive', concurrency: 10, thinkMs: [1, 5] },
    ],
  })
  await answered(load, 1_000)
  await nunicorn.log.waitFor(/Accepts no connections .* worker-connections is 10/)
  nunicorn.signal('SIGHUP')
  await nunicorn.log.waitFor(/Reloaded: all workers/)
  await answered(load, 1_000)
  expectNoFailure(await load.stop())
})

it('who connects while no descriptor is left waits until there are more, on a Unix socket too', async () => {
  await using project = await createProject({ 'app.mjs': appSource() })
  await using nunicorn = startNunicorn({
    directory: project.directory,
    args: ['app.mjs', '-w', '1', '-b', 'unix:app.sock'],
  })
  await nunicorn.ready(1)
  const [worker = 0] = nunicorn.workers()
  limitDescriptors(worker, 15)
  await nunicorn.log.waitFor(/Accepts no connections .* of 15 file descriptors/)
  await using load = await loadOf(nunicorn, {
    ...crowd,
    target: { path: project.path('app.sock') },
    timeoutMs: 10_000,
  })
  limitDescriptors(worker, 1_024)
  await answered(load, 1_000)
  expectNoFailure(await load.stop())
})

/** As an operator would, while it runs. */
function limitDescriptors(pid: number, soft: number): void {
  execFileSync('prlimit', ['--pid', String(pid), `--nofile=${soft}:`])
}

function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}
