import { setTimeout as sleep } from 'node:timers/promises'

import { describe, expect, it } from 'vitest'

import { appSource } from './support/app.ts'
import { answered, expectNoFailure, loadOf } from './support/load.ts'
import { type Nunicorn, startNunicorn } from './support/nunicorn.ts'
import { createProject, type Project } from './support/project.ts'

/** How long an arbiter is stopped, in seconds; the second one takes more time than it is worth each time. */
const stops = process.env['NUNICORN_LONG_TESTS'] === undefined ? [5] : [5, 30]

function start(project: Project, workers: number, timeout: string): Nunicorn {
  return startNunicorn({
    directory: project.directory,
    args: ['app.mjs', '-w', String(workers), '-b', '127.0.0.1:0', '--timeout', timeout],
  })
}

function send(signal: NodeJS.Signals, pids: readonly number[]): void {
  for (const pid of pids) process.kill(pid, signal)
}

/** Nobody has been replaced, suspected or killed, and that stays so for longer than a silence may last. */
async function expectSameWorkers(
  nunicorn: Nunicorn,
  workers: readonly number[],
  timeoutMs: number,
): Promise<void> {
  await sleep(timeoutMs + 1_000)
  expect(nunicorn.workers()).toEqual(workers)
  expect(nunicorn.log.lines.filter((line) => /ended|has left|Degraded/.test(line))).toEqual([])
}

describe.each([2, 4])(
  'an arbiter with %i workers that is stopped for longer than timeout',
  (count) => {
    it.each(stops)(
      'kills nobody when it goes on after %i s, and no request fails',
      async (seconds) => {
        await using project = await createProject({ 'app.mjs': appSource() })
        await using nunicorn = start(project, count, '2s')
        await nunicorn.ready(count)
        const workers = nunicorn.workers()
        await using load = await loadOf(nunicorn)
        await answered(load, 200)
        send('SIGSTOP', [nunicorn.pid])
        await sleep(seconds * 1_000)
        await answered(load, 200)
        send('SIGCONT', [nunicorn.pid])
        await nunicorn.log.waitFor(/The arbiter did not run for \d+\.\d s/)
        await expectSameWorkers(nunicorn, workers, 2_000)
        expectNoFailure(await load.stop())
      },
    )
  },
)

describe('a machine that is suspended with everything on it', () => {
  it.each(['arbiter', 'workers'])(
    'has all its workers when it goes on, the %s first',
    async (first) => {
      await using project = await createProject({ 'app.mjs': appSource() })
      await using nunicorn = start(project, 2, '2s')
      await nunicorn.ready(2)
      const workers = nunicorn.workers()
      // The client is not suspended; it has to wait.
      await using load = await loadOf(nunicorn, { timeoutMs: 20_000 })
      await answered(load, 200)
      send('SIGSTOP', [...workers, nunicorn.pid])
      await sleep(5_000)
      send('SIGCONT', first === 'arbiter' ? [nunicorn.pid, ...workers] : [...workers, nunicorn.pid])
      await nunicorn.log.waitFor(/The arbiter did not run for \d+\.\d s/)
      await answered(load, 200)
      await expectSameWorkers(nunicorn, workers, 2_000)
      expectNoFailure(await load.stop())
    },
  )
})

describe.each([2, 4])('a worker of %i that is stopped for less than timeout', (count) => {
  it('is suspected, goes on, and is not killed', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, count, '8s')
    await nunicorn.ready(count)
    const workers = nunicorn.workers()
    const [victim = 0] = workers
    await using load = await loadOf(nunicorn, { timeoutMs: 20_000 })
    await load.until((progress) => progress.workers.size === count)
    send('SIGSTOP', [victim])
    await nunicorn.log.waitFor(new RegExp(`pid ${victim}\\) has missed its beats`))
    send('SIGCONT', [victim])
    await nunicorn.log.waitFor(new RegExp(`pid ${victim}\\) beats again`))
    const before = load.progress.workers.get(String(victim))?.answers ?? 0
    await load.until(
      (progress) => (progress.workers.get(String(victim))?.answers ?? 0) > before + 20,
    )
    expect(nunicorn.workers()).toEqual(workers)
    expectNoFailure(await load.stop())
  })
})
