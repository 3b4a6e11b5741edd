/** The executable entry of the `torture` command. */
import { runCommand } from './command/run-command.ts'

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // A second one does not wait for what is in flight.
  process.on(signal, () => (stopping.signal.aborted ? process.exit(130) : stopping.abort()))
}
process.exitCode = await runCommand(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stopping.signal,
})
