import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { type Contender, serverFile } from '../contender.ts'

/** The built command, as users start it. */
export const nunicorn: Contender = {
  name: 'nunicorn',
  workerCounts: [1, 2],
  supervises: true,
  command: ({ port, workers }) => [
    process.execPath,
    commandFile(),
    serverFile('app.js'),
    `--bind=127.0.0.1:${port}`,
    `--workers=${workers}`,
  ],
}

function commandFile(): string {
  const manifest = createRequire(import.meta.url).resolve('nunicorn/package.json')
  return join(dirname(manifest), 'bin/nunicorn.js')
}
