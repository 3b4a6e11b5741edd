import { fileURLToPath } from 'node:url'

import type { Contender } from '../contender.ts'

const main = fileURLToPath(import.meta.resolve('../servers/bare.js'))

/** One process of node:http without anybody who looks after it. */
export const bare: Contender = {
  name: 'bare node:http',
  single: true,
  supervisor: 'none',
  language: 'JavaScript',
  launch: ({ port }) => ({ command: [process.execPath, main, String(port)] }),
}
