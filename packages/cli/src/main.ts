/** The executable entry of the `nunicorn` command. */
import { guardOutput } from '@nunicorn/logger'

import { runCommand } from './command.ts'
import { workingDirectory } from './directory.ts'
import { takeServiceManager } from './service-manager.ts'

/** process.exit() throws away what a pipe has not taken yet; a reader that has stalled is not waited for any longer. */
const lastWordsMs = 500

const guards = [guardOutput(process.stdout), guardOutput(process.stderr)]
const { argv, env } = process
const exitCode = await runCommand({
  argv: argv.slice(2),
  env,
  directory: workingDirectory(env),
  serviceManager: takeServiceManager(env, process.pid),
})
const deadline = AbortSignal.timeout(lastWordsMs)
await Promise.all(guards.map((guard) => guard.flush(deadline)))
process.exit(exitCode)
