import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { connectControl } from '@nunicorn/control'
import { type Connection, openConnection } from '@nunicorn/torture'

import { atLeast, atMost, equal, unharmed } from '../checks.ts'
import { clientA } from '../clients.ts'
import { type Facts, factsOf } from '../facts.ts'
import { keepAsking, slowestMs } from '../keep-asking.ts'
import { descriptorsOf, proportionalKilobytes } from '../processes.ts'
import { defineScenario, type Scenario } from '../scenario.ts'
import { answered, type Stage } from '../stage.ts'

interface Abused extends Facts {
  readonly before: readonly number[]
  readonly after: readonly number[]
  /** Valid commands that were given meanwhile, those that failed, and the slowest. */
  readonly commands: number
  readonly errors: readonly string[]
  readonly slowestMs: number
  /** What the arbiter used at most, more than before. */
  readonly megabytesMore: number
  readonly descriptorsMore: number
  /** How much was taken of a line of 100. */
  readonly megabytesTaken: number
  readonly p99Ms: number
  readonly controlP99Ms: number
}

const megabyte = 2 ** 20
/** As `status` from a shell would be, but for its end. */
const slowly = '{"jsonrpc":"2.0","id":1,"method":"status"'

export const controlSocket: readonly Scenario[] = [
  defineScenario<Abused>({
    row: 85,
    needs: ['is-nunicorn'],
    tools: ['descriptors'],
    repeats: 3,
    setup: { args: ['--control-socket=chaos.ctl'] },
    async inject(stage) {
      const { server, project } = stage
      const { supervisor = 0 } = server
      const path = project.path('chaos.ctl')
      // What serves the socket is loaded with the first client, what counts the memory with the first count.
      await command(path)
      const before = server.workers()
      const control = stage.load([clientA])
      await answered(control, stage.volume / 2)
      const { percentileMs } = await control.stop()
      const load = stage.load([clientA])
      const megabytes = proportionalKilobytes(supervisor) / 1_024
      const descriptors = descriptorsOf(supervisor)
      await using commanding = keepAsking(() => command(path), { everyMs: 100 })
      await using measuring = keepAsking(
        () =>
          Promise.resolve({
            megabytes: proportionalKilobytes(supervisor) / 1_024,
            descriptors: descriptorsOf(supervisor),
          }),
        { everyMs: 50 },
      )
      await talkGarbage(stage, path)
      await beSlow(stage, path)
      const megabytesTaken = await talkWithoutEnd(path)
      await answered(load, stage.volume / 2)
      const measured = (await measuring.stop()).flatMap(({ answer }) => answer ?? [])
      const commands = await commanding.stop()
      const report = await load.stop()
      return {
        ...factsOf(report),
        before,
        after: server.workers(),
        commands: commands.length,
        errors: [...new Set(commands.flatMap(({ error }) => error ?? []))],
        slowestMs: slowestMs(commands) - report.clientStallMs,
        megabytesMore: Math.max(...measured.map((each) => each.megabytes)) - megabytes,
        descriptorsMore: Math.max(...measured.map((each) => each.descriptors)) - descriptors,
        megabytesTaken,
        p99Ms: report.percentileMs(99) - report.clientStallMs,
        controlP99Ms: percentileMs(99),
        recovered: (await stage.recovery()) !== undefined,
        incidents: 0,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      ...unharmed(seen),
      equal('the workers', seen.after, seen.before),
      atLeast('valid commands', seen.commands, 20),
      equal('the valid commands that failed', seen.errors, []),
      atMost('ms of a valid command', seen.slowestMs, 1_000),
      atMost('megabytes more', seen.megabytesMore, 64),
      atMost('descriptors more', seen.descriptorsMore, 128 + 8),
      atMost('megabytes taken of the endless line', seen.megabytesTaken, 8),
      atMost('p99 in ms', seen.p99Ms, 3 * seen.controlP99Ms + 50),
    ],
  }),
]

async function command(path: string): Promise<void> {
  await using client = await connectControl({ path })
  const { state } = await client.call('status')
  if (state !== 'serving') throw new Error(`the status is ${state}`)
}

/** Noise, other protocols, messages that are none, thousands of them at once; then it hangs up. */
async function talkGarbage({ short }: Stage, path: string): Promise<void> {
  const words: readonly (() => string | Buffer)[] = [
    () => randomBytes(4_096),
    () => 'GET / HTTP/1.1\r\nHost: chaos\r\n\r\n',
    () => '{'.repeat(100_000) + '\n',
    () => '[]\n'.repeat(1_000),
    () => '\n'.repeat(100_000),
    () => '{"jsonrpc":"2.0","id":1,"method":"rm","params":["-rf"]}\n',
    () => '{"jsonrpc":"2.0","id":1,"method":"subscribe"}\n',
    () => '',
  ]
  let count = short ? 200 : 1_000
  const client = async (): Promise<void> => {
    while ((count -= 1) >= 0) {
      await using connection = await open(path)
      await Promise.race([connection?.send((words[count % words.length] ?? String)()), sleep(500)])
    }
  }
  await Promise.all(Array.from({ length: 50 }, client))
}

/** A thousand who send a byte a second of a message, and come again when they are sent away. */
async function beSlow({ short }: Stage, path: string): Promise<void> {
  // A message must have ended after 10 s.
  const until = performance.now() + (short ? 3_000 : 15_000)
  const client = async (_: unknown, index: number): Promise<void> => {
    await sleep(index)
    while (performance.now() < until) {
      await using connection = await open(path)
      for (const byte of slowly) {
        await connection?.send(byte)
        await sleep(1_000)
        if (connection === undefined || connection.ending || performance.now() > until) break
      }
    }
  }
  await Promise.all(Array.from({ length: 1_000 }, client))
}

/** One line of 100 MB, and others that stop just below what a message may have; resolves with how much of it was taken. */
async function talkWithoutEnd(path: string): Promise<number> {
  const connections = await Promise.all(Array.from({ length: 33 }, () => open(path)))
  const [endless, ...others] = connections
  const piece = Buffer.alloc(megabyte, 'x')
  await Promise.all(others.map((each) => each?.send(piece.subarray(1))))
  let taken = 0
  for (; taken < 100 && endless?.ending === undefined; taken += 1)
    await Promise.race([endless?.send(piece), endless?.closed])
  for (const each of connections) await each?.close()
  return taken
}

/** Undefined, when there is no room. */
function open(path: string): Promise<Connection | undefined> {
  return openConnection({ path }).catch(() => undefined)
}
