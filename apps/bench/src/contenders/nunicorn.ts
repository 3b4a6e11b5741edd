import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Contender } from '../contender.ts'

const app = fileURLToPath(import.meta.resolve('../servers/app.js'))
const manifest = fileURLToPath(import.meta.resolve('nunicorn/package.json'))
const command = join(dirname(manifest), 'bin/nunicorn.js')

/** The built command, as users start it. */
export const nunicorn: Contender = serveWith({ name: 'nunicorn', app, options: [] })

/** nunicorn with another app. */
export function serveWith({
  name,
  app,
  options,
}: {
  readonly name: string
  readonly app: string
  readonly options: readonly string[]
}): Contender {
  return {
    name,
    supervisor: 'process',
    language: 'JavaScript',
    launch: ({ port, workers }) => ({
      command: [
        process.execPath,
        command,
        app,
        `--bind=127.0.0.1:${port}`,
        `--workers=${workers}`,
        ...options,
      ],
      // Where the worker classes are installed.
      cwd: import.meta.dirname,
    }),
    async reload({ pid }) {
      process.kill(pid, 'SIGHUP')
    },
  }
}
