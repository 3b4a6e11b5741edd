import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { appSource } from './support/app.ts'
import { createCgroup } from './support/cgroup.ts'
import { answered, expectNoFailure, loadOf } from './support/load.ts'
import { startNunicorn } from './support/nunicorn.ts'
import { createProject } from './support/project.ts'

const args = ['app.mjs', '-w', '2', '-b', '127.0.0.1:0']

function openDescriptors(pid: number, limit: string): void {
  execFileSync('prlimit', ['--pid', String(pid), `--nofile=${limit}`])
}

describe('the out-of-memory killer', () => {
  it('is offered the workers before the arbiter', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = startNunicorn({ directory: project.directory, args })
    await nunicorn.ready(2)
    const score = (pid: number): number => Number(readFileSync(`/proc/${pid}/oom_score_adj`))
    for (const pid of nunicorn.workers())
      expect(score(pid)).toBe(Math.min(1_000, score(nunicorn.pid) + 100))
  })

  it('takes the worker that leaks; the cause is named and its neighbour serves', async ({
    skip,
  }) => {
    await using cgroup = createCgroup('memory')
    if (cgroup === undefined) return skip('this user may not make a memory cgroup here')
    cgroup.write(400 * 2 ** 20)
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = startNunicorn({
      directory: project.directory,
      args,
      wrapper: cgroup.wrapper,
    })
    await nunicorn.ready(2)
    await using leak = await loadOf(nunicorn, {
      clients: [{ kind: 'keep-alive', concurrency: 1 }],
      request: { path: `/leak?bytes=${20 * 2 ** 20}` },
    })
    await nunicorn.log.waitFor(/ended: the kernel's out-of-memory killer took it/)
    await leak.stop()
    await nunicorn.ready(3)
    await using load = await loadOf(nunicorn)
    await answered(load, 100)
    expectNoFailure(await load.stop())
    expect(nunicorn.process.exitCode).toBeNull()
  })
})

describe('a reload', () => {
  it('for which the memory limit leaves no room is refused; with a worker fewer it takes, and nobody is killed', async ({
    skip,
  }) => {
    await using cgroup = createCgroup('memory')
    if (cgroup === undefined) return skip('this user may not make a memory cgroup here')
    if (!/^SwapTotal: +0 kB$/m.test(readFileSync('/proc/meminfo', 'utf8')))
      return skip('this machine has swap, which is room')
    const app = `const kept = Buffer.alloc(150 * 2 ** 20, 1)
export default (_, response) => response.setHeader('connection', 'close').end(String(kept.length))`
    await using project = await createProject({ 'app.mjs': app })
    await using nunicorn = startNunicorn({
      directory: project.directory,
      args: [...args, '--soak', '100ms'],
      wrapper: cgroup.wrapper,
    })
    await nunicorn.ready(2)
    const before = nunicorn.workers()
    // Two of them have some 360 MB with their arbiter.
    cgroup.write(450 * 2 ** 20)
    nunicorn.signal('SIGHUP')
    await nunicorn.log.waitFor(
      /Reload refused.*no room for one worker more: the memory limit leaves/,
    )
    expect(nunicorn.workers()).toEqual(before)
    nunicorn.signal('SIGTTOU')
    await nunicorn.log.waitFor(/has left/)
    nunicorn.signal('SIGHUP')
    await nunicorn.log.waitFor(/Reloaded: all workers are of generation/)
    expect(nunicorn.log.lines.filter((line) => line.includes('out-of-memory'))).toEqual([])
  })
})

describe('an arbiter that may start no process', () => {
  it('because the cgroup has no pids left, tries again with pauses until it may', async ({
    skip,
  }) => {
    await using cgroup = createCgroup('pids')
    if (cgroup === undefined) return skip('this user may not make a pids cgroup here')
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = startNunicorn({
      directory: project.directory,
      args,
      wrapper: cgroup.wrapper,
    })
    await nunicorn.ready(2)
    cgroup.write(1)
    const [victim = 0, neighbour = 0] = nunicorn.workers()
    process.kill(victim, 'SIGKILL')
    await nunicorn.log.waitFor(/Degraded: .*its process could not be started: .*EAGAIN/)
    expect(nunicorn.workers()).toEqual([neighbour])
    await using load = await loadOf(nunicorn)
    await answered(load, 100)
    cgroup.write('max')
    await nunicorn.log.waitFor(/Recovered: 2 of 2/, { withinMs: 40_000 })
    expectNoFailure(await load.stop())
  }, 70_000)

  it('because it has no descriptors left, tries again with pauses until it has', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = startNunicorn({ directory: project.directory, args })
    await nunicorn.ready(2)
    openDescriptors(nunicorn.pid, '10:')
    const [victim = 0, neighbour = 0] = nunicorn.workers()
    process.kill(victim, 'SIGKILL')
    await nunicorn.log.waitFor(/Degraded: .*its process could not be started: .*EMFILE/)
    expect(nunicorn.workers()).toEqual([neighbour])
    await using load = await loadOf(nunicorn)
    await answered(load, 100)
    openDescriptors(nunicorn.pid, '1024:')
    await nunicorn.log.waitFor(/Recovered: 2 of 2/, { withinMs: 40_000 })
    expectNoFailure(await load.stop())
  }, 70_000)
})
