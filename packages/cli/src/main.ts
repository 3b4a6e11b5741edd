/** The executable entry of the `nunicorn` command. */
import { guardOutput } from '@nunicorn/logger'

import { runCommand } from './command.ts'
import { workingDirectory } from './directory.ts'

guardOutput(process.stdout)
guardOutput(process.stderr)
const { argv, env } = process
process.exit(await runCommand({ argv: argv.slice(2), env, directory: workingDirectory(env) }))
