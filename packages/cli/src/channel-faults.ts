import { ExitCode, type Logger } from '@nunicorn/contract'

/**
 * Keeps the arbiter alive when an app writes to the descriptor of its worker's channel what is no message: Node parses it
 * in this process and throws where nobody can catch it (child_process has no event for it). The worker's own
 * messages may be lost with it; then it misses its beats and is replaced like any other that has fallen silent.
 *
 * Any other uncaught error is a fault of ours and ends the process as ever.
 */
export function surviveChannelFaults(log: Logger): void {
  let said = false
  process.on('uncaughtException', (error) => {
    if (!isChannelFault(error)) {
      console.error(error)
      process.exit(ExitCode.failure)
    }
    if (said) return
    said = true
    log.error(
      `A worker's channel brought something that is no message, which is ignored (${error.message}): ` +
        'does the app, or a program that it has started, write to descriptor 3?',
    )
  })
}

/** By where it was thrown: of text by the parser of messages, of a message of Node's own kind by an assertion beside it. */
function isChannelFault(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return (
    frames.every((line) => /node:|<anonymous>/.test(line)) &&
    frames.some((line) => line.includes('node:internal/child_process'))
  )
}
