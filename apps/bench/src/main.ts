/** `npx pnpm bench`: nunicorn beside its peers, on this machine, now. */
import { bench } from './bench.ts'
import { parseOptions, usage } from './options.ts'
import { report } from './report.ts'
import { suites } from './suites.ts'

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)))
// Nobody reads any more: as good as an interrupt, and to die of it would leave the servers behind.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error) => interrupted.abort(error))

try {
  const options = parseOptions(
    process.argv.slice(2),
    suites.map(({ name }) => name),
  )
  const results = await bench(options, interrupted.signal)
  process.stdout.write(`\n${report(results)}`)
} catch (error) {
  const reason: unknown = interrupted.signal.aborted ? interrupted.signal.reason : error
  process.stderr.write(
    `bench: ${reason instanceof Error ? reason.message : String(reason)}\n${usage}\n`,
  )
  process.exitCode = 1
}
