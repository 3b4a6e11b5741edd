import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import { check, equal, recovers, unharmed } from '../checks.ts'
import { type Facts, factsOf, noFacts } from '../facts.ts'
import { statusOf } from '../probe.ts'
import { descendantsOf, identify, isAlive, send } from '../processes.ts'
import { defineScenario, type Scenario } from '../scenario.ts'
import { answered } from '../stage.ts'
import { command } from '../systems/nunicorn.ts'
import { until } from '../until.ts'

export const signals: readonly Scenario[] = [
  defineScenario<
    Facts & {
      readonly alive: boolean
      readonly before: readonly number[]
      readonly after: readonly number[]
    }
  >({
    row: 53,
    needs: ['is-nunicorn'],
    repeats: 1,
    async inject(stage) {
      const { server } = stage
      const before = server.workers()
      const load = stage.load()
      const names: readonly NodeJS.Signals[] = [
        'SIGUSR1',
        'SIGUSR2',
        'SIGPIPE',
        'SIGWINCH',
        'SIGALRM',
      ]
      for (let count = 0; count < (stage.short ? 1_000 : 10_000); count += 1) {
        const signal = names[Math.floor(Math.random() * names.length)] ?? 'SIGPIPE'
        process.kill(server.supervisor ?? 0, signal)
        if (count % 20 === 0) await sleep(5)
      }
      await answered(load, stage.volume)
      const recovered = (await stage.recovery()) !== undefined
      const self = identify(server.supervisor ?? 0)
      return {
        ...factsOf(await load.stop()),
        alive: self !== undefined,
        before,
        after: server.workers(),
        recovered,
        // USR1 and USR2 say each time what they do.
        incidents: 1_000,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      ...unharmed(seen),
      check('it lives', seen.alive, 'it has ended'),
      equal('the workers', seen.after, seen.before),
    ],
  }),

  defineScenario<Facts & { readonly alive: boolean; readonly answers: boolean }>({
    row: 52,
    needs: ['is-nunicorn'],
    tools: ['script'],
    repeats: 2,
    async inject(stage) {
      const { project, server } = stage
      const pidFile = project.path('terminal.pid')
      const port = server.target.port + 1
      const words = [
        process.execPath,
        command,
        'app.mjs',
        '-w',
        '2',
        `--bind=127.0.0.1:${port}`,
        `--pid=${pidFile}`,
      ]
      // A session leader's shell that hands its terminal on and goes: what a closed ssh does.
      const terminal = spawn('script', ['-qfc', `exec ${words.join(' ')}`, '/dev/null'], {
        cwd: project.directory,
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { ...process.env, PWD: project.directory },
      })
      await until(() => existsSync(pidFile))
      const pid = Number(readFileSync(pidFile, 'utf8'))
      const self = identify(pid)
      const at = { host: '127.0.0.1', port }
      await until(async () => (await statusOf(at)) === 200)
      const family = [pid, ...descendantsOf(pid)].flatMap((each) => identify(each) ?? [])
      // The terminal is closed, which sends HUP to whom it belonged, and nobody reads what is printed.
      terminal.kill('SIGKILL')
      await sleep(3_000)
      const answers = (await statusOf(at)) === 200
      const alive = self !== undefined && isAlive(self)
      send(
        'SIGTERM',
        family
          .filter(isAlive)
          .slice(0, 1)
          .map((each) => each.pid),
      )
      await until(() => !family.some(isAlive), { withinMs: 8_000 })
      send(
        'SIGKILL',
        family.filter(isAlive).map((each) => each.pid),
      )
      return {
        ...noFacts,
        alive,
        answers,
        recovered: (await stage.recovery()) !== undefined,
        incidents: 1,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      check('it lives on', seen.alive, 'it has ended'),
      check('it goes on serving', seen.answers, 'it does not'),
      recovers(seen),
    ],
  }),
]
