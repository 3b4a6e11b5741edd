import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

import { killWithOracle } from '@nunicorn/torture'

import { atLeast, atMost, check, nothingLost, recovers, says, unharmed } from '../checks.ts'
import { clientC } from '../clients.ts'
import { type Facts, factsOf, noFacts } from '../facts.ts'
import { createControlGroup } from '../faults/cgroup.ts'
import { descendantsOf, identify, isAlive, proportionalKilobytes, zombiesOf } from '../processes.ts'
import { defineScenario, type Scenario } from '../scenario.ts'
import { answered, whoAnswers } from '../stage.ts'
import { until } from '../until.ts'

/** The soft limit, which is the one that counts and can be raised again. */
function limitDescriptors(pid: number, limit: number): void {
  execFileSync('prlimit', [`--pid=${pid}`, `--nofile=${limit}:`])
}

/** To be put back. */
function descriptorLimit(pid: number): number {
  const args = [`--pid=${pid}`, '--nofile', '--noheadings', '--raw', '--output=SOFT']
  return Number(execFileSync('prlimit', args))
}

export const resources: readonly Scenario[] = [
  defineScenario({
    row: 64,
    tools: ['prlimit'],
    async inject(stage) {
      const { server } = stage
      const [victim = 0] = server.workers()
      const before = descriptorLimit(victim)
      limitDescriptors(victim, 60)
      // A limit that is lowered below what is in use is seen a second later at the earliest; one that is there is heeded.
      await sleep(1_500)
      const load = stage.load(
        [
          { kind: 'connection-per-request', concurrency: 100 },
          { kind: 'keep-alive', concurrency: 100, thinkMs: [50, 300] },
        ],
        { request: { path: '/sleep?ms=20' } },
      )
      await answered(load, stage.volume)
      if (server.workers().includes(victim)) limitDescriptors(victim, before)
      const facts = factsOf(await load.stop())
      const recovered = (await stage.recovery()) !== undefined
      return { ...facts, recovered, incidents: 1, log: stage.logSinceStart() }
    },
    judge: unharmed,
  }),

  defineScenario<Facts & { readonly alive: boolean }>({
    row: 65,
    needs: ['is-nunicorn'],
    tools: ['prlimit'],
    repeats: 2,
    async inject(stage) {
      const { server } = stage
      const { supervisor = 0 } = server
      const self = identify(supervisor)
      const before = descriptorLimit(supervisor)
      const load = stage.load([clientC()])
      await answered(load, 100)
      limitDescriptors(supervisor, 20)
      const [victim = 0] = server.workers()
      const held = await killWithOracle(victim)
      await sleep(3_000)
      const alive = self !== undefined && isAlive(self)
      limitDescriptors(supervisor, before)
      const recovered = (await stage.recovery({ gone: [victim], withinMs: 40_000 })) !== undefined
      await answered(load, 100)
      const facts = factsOf(await load.stop(), [held])
      // All of it: that a slot fails again, while it is known to, is not said again.
      return { ...facts, alive, recovered, incidents: 3, log: server.log.lines.slice() }
    },
    judge: (seen) => [
      ...unharmed(seen),
      check('the supervisor lives', seen.alive, 'it has ended'),
      ...says(seen, /EMFILE|descriptor/),
    ],
  }),

  defineScenario<Facts & { readonly alive: boolean }>({
    row: 66,
    needs: ['restarts'],
    tools: ['cgroup-pids'],
    repeats: 2,
    async inject(stage) {
      const { server } = stage
      const { supervisor = 0 } = server
      const self = identify(supervisor)
      await using group = createControlGroup('pids')
      const all = [supervisor, ...descendantsOf(supervisor)]
      for (const pid of all) group.add(pid)
      const load = stage.load([clientC()])
      await answered(load, 100)
      const [victim = 0] = server.workers()
      const neighbour = server.workers()[1] ?? 0
      const held = await killWithOracle(victim)
      // Without the dead one there is room for nobody more.
      await until(() => Number(group.read('pids.current')) > 0)
      group.set('pids.max', group.read('pids.current').trim())
      await sleep(4_000)
      const alive = self !== undefined && isAlive(self) && server.workers().includes(neighbour)
      group.set('pids.max', 'max')
      const recovered = (await stage.recovery({ gone: [victim], withinMs: 60_000 })) !== undefined
      await answered(load, 100)
      const facts = factsOf(await load.stop(), [held])
      group.leave([supervisor, ...descendantsOf(supervisor)])
      return { ...facts, alive, recovered, incidents: 4, log: stage.logSinceStart() }
    },
    judge: (seen) => [
      ...unharmed(seen),
      check('the supervisor and the other worker live', seen.alive, 'they do not'),
    ],
  }),

  defineScenario<Facts & { readonly resumes: boolean; readonly counted: boolean }>({
    row: 67,
    needs: ['is-nunicorn'],
    tools: ['tmpfs'],
    repeats: 1,
    async inject(stage) {
      const { project } = stage
      const folder = project.path('small-disk')
      await mkdir(folder)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'chaos', folder])
      await using _unmount = {
        [Symbol.asyncDispose]: async () => void execFileSync('umount', ['-l', folder]),
      }
      const file = `${folder}/log.txt`
      const output = openSync(file, 'a')
      const server = await stage.startAnother(['--bind=127.0.0.1:0'], { output })
      closeSync(output)
      await until(() => /Listening at/.test(readFileSync(file, 'utf8')))
      const [, port = ''] =
        /Listening at: http:\/\/[^:]+:(\d+)/.exec(readFileSync(file, 'utf8')) ?? []
      const target = { host: '127.0.0.1', port: Number(port) }
      const load = stage.load([{ kind: 'connection-per-request', concurrency: 8 }], {
        target,
        request: { path: '/print?bytes=4000' },
      })
      await answered(load, Math.max(1_000, stage.volume))
      const full = statSync(file).size > 900_000
      truncateSync(file, 0)
      await answered(load, 100)
      const resumes = full && (await until(() => statSync(file).size > 4_000, { withinMs: 8_000 }))
      const facts = factsOf(await load.stop())
      const counted = await until(
        () =>
          /could not write \d+ pieces|\d+ pieces of it were lost/.test(readFileSync(file, 'utf8')),
        {
          withinMs: 5_000,
        },
      )
      server.terminate()
      await server.exited
      return {
        ...facts,
        recovered: true,
        resumes,
        counted,
        incidents: 1,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      nothingLost(seen),
      check('it writes again when there is room', seen.resumes, 'it does not'),
      check('it says how much was dropped', seen.counted, 'it does not'),
    ],
  }),

  defineScenario<Facts & { readonly megabytesMore: number; readonly printed: number }>({
    row: 68,
    needs: ['is-nunicorn'],
    tools: ['mkfifo'],
    repeats: 1,
    async inject(stage) {
      const { project } = stage
      const path = project.path('stalled')
      execFileSync('mkfifo', [path])
      // Opening one waits for the other side, unless told not to; this one never reads.
      const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
      const output = openSync(path, 'w')
      const port = stage.server.target.port + 1
      const server = await stage.startAnother([`--bind=127.0.0.1:${port}`], { output, port })
      await stage.recovery({ of: server })
      const sum = () => server.workers().reduce((all, pid) => all + proportionalKilobytes(pid), 0)
      const warm = stage.load([{ kind: 'connection-per-request', concurrency: 8 }], {
        target: server.target,
        request: { path: '/print?bytes=20000' },
      })
      // Enough to fill whatever is kept of it.
      await answered(warm, 2_500)
      const facts = factsOf(await warm.stop())
      const before = sum()
      const load = stage.load([{ kind: 'connection-per-request', concurrency: 8 }], {
        target: server.target,
        request: { path: '/print?bytes=20000' },
      })
      await answered(load, 100 * 50)
      const more = factsOf(await load.stop())
      const megabytesMore = (sum() - before) / 1_024
      server.terminate()
      await server.exited
      closeSync(output)
      closeSync(reader)
      return {
        ...more,
        requests: facts.requests + more.requests,
        failed: facts.failed + more.failed,
        recovered: true,
        megabytesMore,
        printed: more.requests / 50,
        incidents: 1,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      nothingLost(seen),
      atLeast('megabytes printed', seen.printed, 100),
      // V8's young generation alone may take 48 in each worker; what is printed is 100.
      atMost('megabytes more', seen.megabytesMore, 64),
    ],
  }),

  defineScenario<Facts & { readonly warned: boolean; readonly zombies: number }>({
    row: 73,
    needs: ['is-nunicorn'],
    tools: ['pid-namespace'],
    repeats: 1,
    setup: { build: { version: '1', boot: 'spawn-orphans' } },
    async inject(stage) {
      const port = stage.server.target.port + 1
      const server = await stage.startAnother([`--bind=127.0.0.1:${port}`], {
        port,
        wrapper: ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'],
      })
      await server.log.waitFor(/is ready/, { count: 2 })
      // They end after 0.2 s.
      await sleep(5_000)
      const [arbiter = 0] = descendantsOf(server.supervisor ?? 0)
      const zombies = zombiesOf(arbiter).length
      const warned = server.log.lines.some((line) => /process 1 .*zombies.*init/.test(line))
      process.kill(arbiter, 'SIGTERM')
      await server.exited
      const answers = (await whoAnswers(stage.server)) !== undefined
      return {
        ...noFacts,
        zombies,
        warned,
        recovered: answers,
        incidents: 1,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      recovers(seen),
      check(
        'there are no zombies, or the start warns of them',
        seen.zombies === 0 || seen.warned,
        `${seen.zombies} zombies`,
      ),
    ],
  }),
]
