import { readFileSync } from 'node:fs'

import { startLoad } from '@nunicorn/torture'
import { expect, it } from 'vitest'

import { answered, expectNoFailure } from './support/load.ts'
import { startLogged } from './support/logged.ts'
import { until } from './support/until.ts'

const mostGrowthBytes = 40 * 1024 * 1024

/** V8 lets the young generation grow to 100 MB and more under such a load, which would hide what this is about. */
const smallNursery = '--max-semi-space-size=4'

/** Each request prints 2,000 lines, one megabyte. */
const floods = 400

it('a worker that floods the captured output costs the arbiter neither memory nor its wits', async () => {
  const args = ['--capture-output', '--timeout', '5s', '-e', `NODE_OPTIONS=${smallNursery}`]
  await using scene = await startLogged({ args })
  const { nunicorn, target } = scene
  const [worker = 0] = nunicorn.workers()
  const clients = [{ kind: 'keep-alive', concurrency: 2 }] as const
  await using load = startLoad({ target, clients, request: { path: '/flood' } })
  await answered(load, 20)
  const before = [nunicorn.pid, worker].map(residentBytes)
  await answered(load, floods)
  nunicorn.signal('SIGTTIN')
  await until(() => nunicorn.workers().length === 2)
  await answered(load, 20)
  const after = [nunicorn.pid, worker].map(residentBytes)
  expectNoFailure(await load.stop())
  for (const [index, bytes] of after.entries())
    expect(bytes - (before[index] ?? 0), ['arbiter', 'worker'][index]).toBeLessThan(mostGrowthBytes)
  // Neither was anybody killed for beats that the arbiter did not read, nor is what was lost kept secret.
  const lost = await scene.line(({ msg }) => /could not write \d+ pieces of output/.test(msg))
  expect(lost.msg).toContain(`pid ${worker}`)
  expect(nunicorn.workers()).toContain(worker)
  expect(scene.lines().filter(({ event }) => event === 'worker-ended')).toEqual([])
  const from = performance.now()
  nunicorn.signal('SIGTERM')
  expect(await nunicorn.exited).toBe(0)
  expect(performance.now() - from).toBeLessThan(5_000)
})

/** What a process has in memory (proc_pid_status(5)). */
function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
}
