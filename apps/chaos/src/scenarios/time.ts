import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'

import { openConnection } from '@nunicorn/torture'

import { atLeast, atMost, equal, recovers, unharmed } from '../checks.ts'
import { clientC } from '../clients.ts'
import { type Facts, factsOf, noFacts } from '../facts.ts'
import type { Results } from '../results.ts'
import { defineScenario, type Scenario } from '../scenario.ts'
import { answered, type Stage } from '../stage.ts'

interface Shifted extends Facts {
  readonly before: readonly number[]
  readonly after: readonly number[]
  /** How far the clock of a worker was moved, seen by its Date header, in minutes. */
  readonly movedMinutes: readonly number[]
}

async function dateOf({ server }: Stage): Promise<number> {
  await using connection = await openConnection(server.target)
  await connection.send('GET /uptime HTTP/1.1\r\nHost: chaos\r\n\r\n')
  const { headers } = await connection.readAnswer()
  return Date.parse(headers.get('date') ?? '')
}

const main = fileURLToPath(new URL('../main.ts', import.meta.url))

export const time: readonly Scenario[] = [
  defineScenario<Shifted>({
    row: 74,
    needs: ['watches'],
    tools: ['faketime'],
    routes: 'all',
    repeats: 1,
    async inject(stage) {
      const file = stage.project.path('clock')
      writeFileSync(file, '+0\n')
      const port = stage.server.target.port + 1
      const [library = ''] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')
      const server = await stage.startAnother([`--bind=127.0.0.1:${port}`], {
        port,
        env: {
          LD_PRELOAD: library,
          FAKETIME_TIMESTAMP_FILE: file,
          FAKETIME_NO_CACHE: '1',
          // A wall clock that is set leaves the monotonic one alone.
          FAKETIME_DONT_FAKE_MONOTONIC: '1',
          DONT_FAKE_MONOTONIC: '1',
        },
      })
      await stage.recovery({ of: server })
      const here = { ...stage, server }
      const before = server.workers()
      const load = stage.load([clientC(100)], { target: server.target })
      await answered(load, 50)
      const moved: number[] = []
      for (const shift of ['+1h', '-1h']) {
        writeFileSync(file, `${shift}\n`)
        await sleep(5_000)
        moved.push(Math.round(((await dateOf(here)) - Date.now()) / 60_000))
      }
      await answered(load, 50)
      const facts = factsOf(await load.stop())
      const after = server.workers()
      const recovered = (await stage.recovery({ of: server })) !== undefined
      const log = server.log.lines.slice()
      server.terminate()
      await server.exited
      return { ...facts, before, after, recovered, movedMinutes: moved, incidents: 1, log }
    },
    judge: (seen) => [
      ...unharmed(seen),
      equal('the workers', seen.after, seen.before),
      equal('the minutes by which their clocks were moved', seen.movedMinutes, [60, -60]),
    ],
  }),

  defineScenario<Facts & { readonly passed: readonly string[] }>({
    row: 89,
    needs: ['is-nunicorn'],
    tools: ['network-namespace'],
    repeats: 1,
    async inject(stage) {
      const folder = stage.project.path('delayed')
      const net = 'ip link set lo up && tc qdisc add dev lo root netem delay 20ms loss 1%'
      const form = stage.short ? ['--short'] : []
      const child = spawn(
        'unshare',
        [
          '--net',
          'sh',
          '-c',
          `${net} && exec "$@"`,
          'sh',
          process.execPath,
          main,
          ...form,
          '--only',
          '26,27',
          '--systems',
          'nunicorn',
          '--results',
          folder,
        ],
        { stdio: ['ignore', 'ignore', 'pipe'] },
      )
      const [errors] = await Promise.all([textOf(child.stderr), once(child, 'exit')])
      const file = join(folder, 'latest.json')
      if (!existsSync(file)) throw new Error(errors)
      const { cells } = JSON.parse(readFileSync(file, 'utf8')) as Results
      const ran = Object.entries(cells).flatMap(([row, cell]) =>
        Object.values(cell).flatMap((each) => (each.type === 'ran' ? { row, ...each } : [])),
      )
      const sum = (key: 'requests' | 'lost') => ran.reduce((total, each) => total + each[key], 0)
      return {
        ...noFacts,
        requests: sum('requests'),
        failed: sum('lost'),
        longestStallMs: Math.max(...ran.map(({ longestStallMs }) => longestStallMs)),
        recovered: ran.every(({ recovered }) => recovered),
        passed: ran.filter(({ lost }) => lost === 0).map(({ row }) => row),
        examples: ran.flatMap(({ broken }) =>
          broken.map(({ what, detail }) => `${what}: ${detail}`),
        ),
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      recovers(seen),
      atMost('requests lost', seen.failed, 0),
      atLeast('requests', seen.requests, 500),
      equal('the rows that lose nothing', seen.passed, ['26', '27']),
    ],
  }),
]

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}
