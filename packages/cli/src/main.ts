/** The executable entry of the `nunicorn` command. */
import { guardOutput } from '@nunicorn/logger'

import { runCommand } from './command.ts'
import { workingDirectory } from './directory.ts'
import { takeServiceManager } from './service-manager.ts'

/** process.exit() throws away what a pipe has not taken yet; a reader that has stalled is not waited for any longer. */
const lastWordsMs = 500

const { argv, env } = process
// A command that prints shall end with its reader (`nunicorn ctl events --follow | head`); a server shall not.
const isClient = ['ctl', 'top'].includes(argv[2] ?? '')
if (isClient) process.stdout.on('error', () => process.exit())
const guards = isClient ? [] : [guardOutput(process.stdout), guardOutput(process.stderr)]
const exitCode = await runCommand({
  argv: argv.slice(2),
  env,
  directory: workingDirectory(env),
  serviceManager: takeServiceManager(env, process.pid),
})
const deadline = AbortSignal.timeout(lastWordsMs)
await Promise.all(guards.map((guard) => guard.flush(deadline)))
process.exit(exitCode)
