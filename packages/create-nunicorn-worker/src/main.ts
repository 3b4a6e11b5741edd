/** The executable entry of `create-nunicorn-worker`. */
import { createRequire } from 'node:module'
import { relative } from 'node:path'

import { createWorker } from './create-worker.ts'

const usage =
  'Usage: create-nunicorn-worker FOLDER, for example: pnpm create nunicorn-worker my-worker'
const { version } = createRequire(import.meta.url)('../package.json') as { version: string }
const [folder, ...surplus] = process.argv.slice(2)

if (folder === undefined || folder.startsWith('-') || surplus.length > 0) {
  const isHelp = folder === '--help' || folder === '-h'
  process[isHelp ? 'stdout' : 'stderr'].write(`${usage}\n`)
  process.exitCode = isHelp ? 0 : 2
} else {
  try {
    const directory = await createWorker({ folder, version: `^${version}` })
    const next = [`cd ${relative('.', directory) || '.'}`, 'npm install', 'npm test', 'npm start']
    process.stdout.write(
      `${directory} has a worker class and its test. Next:\n\n  ${next.join('\n  ')}\n`,
    )
  } catch (error) {
    process.stderr.write(
      `create-nunicorn-worker: ${error instanceof Error ? error.message : String(error)}\n`,
    )
    process.exitCode = 1
  }
}
