import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'

import { check, equal, nothingLost, recovers, unharmed } from '../checks.ts'
import { type Facts, factsOf, noFacts } from '../facts.ts'
import { freePort } from '../free-port.ts'
import { statusOf } from '../probe.ts'
import { defineScenario, type Scenario } from '../scenario.ts'
import { answered } from '../stage.ts'

const config = 'nunicorn.config.json'

interface Rejected extends Facts {
  readonly outcomes: readonly boolean[]
  readonly kept: boolean
  readonly missing: readonly string[]
}

async function isServed(port: number): Promise<boolean> {
  return (await statusOf({ host: '127.0.0.1', port })) === 200
}

function bindTo(...ports: readonly number[]): string {
  return JSON.stringify({ bind: ports.map((port) => `127.0.0.1:${port}`) })
}

/** A port that somebody else listens on. */
async function takenPort(): Promise<AsyncDisposable & { readonly port: number }> {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { readonly port: number }
  return {
    port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => void other.close(() => resolve())),
  }
}

export const settings: readonly Scenario[] = [
  defineScenario<Rejected>({
    row: 31,
    needs: ['is-nunicorn'],
    repeats: 1,
    async inject(stage) {
      const { project, volume } = stage
      const port = await freePort()
      await using taken = await takenPort()
      const write = (text: string) => project.write(config, text)
      await write(bindTo(port))
      const server = await stage.startAnother([], { port: 0 })
      await server.log.waitFor(/is ready/, { count: 2 })
      const before = server.workers()
      const load = stage.load(undefined, { target: { host: '127.0.0.1', port } })
      await answered(load, volume / 2)
      const outcomes: boolean[] = []
      for (const text of [
        '{',
        '{ "timeout": "soon", "wrokers": 3, "backlog": -1 }',
        bindTo(port, taken.port),
      ]) {
        await write(text)
        outcomes.push(await server.reload())
        await answered(load, 100)
      }
      await answered(load, volume / 2)
      const facts = factsOf(await load.stop())
      const kept = JSON.stringify(before) === JSON.stringify(server.workers())
      server.terminate()
      await server.exited
      const log = server.log.lines.slice()
      const missing = ['soon', 'wrokers', 'backlog', String(taken.port)].filter(
        (word) => !log.some((line) => line.includes(word)),
      )
      return { ...facts, outcomes, kept, missing, recovered: true, incidents: 6, log }
    },
    judge: (seen) => [
      ...unharmed(seen),
      equal('the outcome of the reloads', seen.outcomes, [false, false, false]),
      check('no worker is started for it', seen.kept, 'there are others'),
      equal('what the log does not name', seen.missing, []),
    ],
  }),

  defineScenario<Facts & { readonly served: readonly boolean[] }>({
    row: 32,
    needs: ['is-nunicorn'],
    repeats: 1,
    async inject(stage) {
      const { project } = stage
      const [first, second] = [await freePort(), await freePort()]
      await using taken = await takenPort()
      const move = (port: number) => project.write(config, bindTo(port))
      await move(first)
      const server = await stage.startAnother([], { port: 0 })
      await server.log.waitFor(/is ready/, { count: 2 })
      const load = stage.load(undefined, { target: { host: '127.0.0.1', port: first } })
      await answered(load, stage.volume / 2)
      await move(taken.port)
      const refused = await server.reload()
      await answered(load, 100)
      const facts = factsOf(await load.stop())
      await move(second)
      const moved = await server.reload()
      const served = [!refused, moved, await isServed(second), !(await isServed(first))]
      server.terminate()
      await server.exited
      return { ...facts, served, recovered: true, incidents: 2, log: stage.logSinceStart() }
    },
    judge: (seen) => [
      nothingLost(seen),
      recovers(seen),
      equal(
        'a taken address is refused, a free one taken, it serves, the old one does not',
        seen.served,
        [true, true, true, true],
      ),
    ],
  }),

  defineScenario<Facts & { readonly outcomes: readonly boolean[]; readonly says: string }>({
    row: 87,
    needs: ['is-nunicorn'],
    repeats: 1,
    async inject(stage) {
      const { project, server } = stage
      const pidFile = project.path('stale.pid')
      const socket = project.path('stale.sock')
      // Of a process that is long gone: the greatest pid there can be.
      await project.write('stale.pid', '4194303\n')
      const first = await stage.startAnother([`--pid=${pidFile}`, `--bind=unix:${socket}`])
      await first.log.waitFor(/is ready/, { count: 2 })
      const takesOverStale = Number(readFileSync(pidFile, 'utf8')) === first.supervisor
      // What is live belongs to somebody: his pid file, his socket, his port.
      const rivals = [
        [`--pid=${pidFile}`, `--bind=127.0.0.1:${await freePort()}`],
        [`--bind=unix:${socket}`],
        [`--bind=127.0.0.1:${server.target.port}`],
      ]
      const exits: (number | string)[] = []
      let text = ''
      for (const args of rivals) {
        const rival = await stage.startAnother(args)
        exits.push(await rival.exited)
        text += `${rival.log.lines.join('\n')}\n`
      }
      const alive = existsSync(socket) && Number(readFileSync(pidFile, 'utf8')) === first.supervisor
      // Killed, it leaves its socket behind.
      process.kill(first.supervisor ?? 0, 'SIGKILL')
      await first.exited
      const second = await stage.startAnother([`--bind=unix:${socket}`])
      await second.log.waitFor(/is ready/, { count: 2 })
      second.terminate()
      await second.exited
      return {
        ...noFacts,
        outcomes: [takesOverStale, JSON.stringify(exits) === '[1,1,1]', alive, !existsSync(socket)],
        says: text,
        recovered: (await stage.recovery()) !== undefined,
        incidents: 1,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      recovers(seen),
      equal(
        'a stale pid file is taken over, live ones are refused with 1, they live on, a stale socket is cleaned',
        seen.outcomes,
        [true, true, true, true],
      ),
      check(
        'the refusals name the owner',
        /\d{2,}/.test(seen.says) && /use/.test(seen.says),
        seen.says,
      ),
    ],
  }),
]
