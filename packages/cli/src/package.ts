import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** This file: worker classes that were installed with the command are found from here. */
export const commandFile: string = fileURLToPath(import.meta.url)

/** What a worker process runs. */
export const workerMain: string = fileURLToPath(import.meta.resolve('@nunicorn/worker/main'))

export const version: string = (
  createRequire(import.meta.url)('../package.json') as { version: string }
).version
