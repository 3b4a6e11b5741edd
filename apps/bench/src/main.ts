/** `npx pnpm bench`: nunicorn beside bare node:http and node:cluster, on this machine, now. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { entrantsOf } from './contender.ts'
import { contenders } from './contenders.ts'
import { chooseLoadGenerator } from './load.ts'
import { describeMachine } from './machine.ts'
import { measurements } from './measurements.ts'
import { type Options, parseOptions, usage } from './options.ts'
import { report } from './report.ts'
import type { Results } from './results.ts'
import { runRounds } from './run-rounds.ts'

const connections = 64
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)))

try {
  const results = await bench(parseOptions(process.argv.slice(2)))
  process.stdout.write(`\n${report(results)}`)
} catch (error) {
  const reason: unknown = interrupted.signal.aborted ? interrupted.signal.reason : error
  process.stderr.write(
    `bench: ${reason instanceof Error ? reason.message : String(reason)}\n${usage}\n`,
  )
  process.exitCode = 1
}

async function bench(options: Options): Promise<Results> {
  const { client, results: folder, quick, rounds, seconds, idleMs } = options
  const machine = describeMachine()
  const load = await chooseLoadGenerator(client)
  const extent = { connections, seconds, idleMs }
  const remarks: string[] = []
  const figures = await runRounds({
    entrants: entrantsOf(contenders),
    measurements: quick ? measurements.map((one) => ({ ...one, perRound: 1 })) : measurements,
    rounds,
    conditions: {
      ...extent,
      load,
      signal: interrupted.signal,
      remark: (text) => void remarks.push(text),
    },
    onProgress: (text) => process.stderr.write(`${text}\n`),
  })
  const conditions = { ...extent, rounds, load: load.description }
  const results = { machine, conditions, figures, remarks }
  if (folder !== undefined) await write(results, folder)
  return results
}

async function write(results: Results, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'latest.json'), `${JSON.stringify(results, null, 2)}\n`)
  await writeFile(join(folder, 'RESULTS.md'), report(results))
}
