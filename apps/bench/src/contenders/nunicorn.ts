import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Contender } from '../contender.ts'

const app = fileURLToPath(import.meta.resolve('../servers/app.js'))
const manifest = fileURLToPath(import.meta.resolve('nunicorn/package.json'))
const command = join(dirname(manifest), 'bin/nunicorn.js')

/** The built command, as users start it. */
export const nunicorn: Contender = {
  name: 'nunicorn',
  workerCounts: [1, 2],
  supervises: true,
  command: ({ port, workers }) => [
    process.execPath,
    command,
    app,
    `--bind=127.0.0.1:${port}`,
    `--workers=${workers}`,
  ],
}
