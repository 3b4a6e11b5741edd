import { fileURLToPath } from 'node:url'

import type { Contender } from '../contender.ts'

const main = fileURLToPath(import.meta.resolve('../servers/bare.js'))

/** One process of node:http without anybody who looks after it. */
export const bare: Contender = {
  name: 'bare node:http',
  workerCounts: [1],
  supervises: false,
  command: ({ port }) => [process.execPath, main, String(port)],
}
