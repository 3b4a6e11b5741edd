import { fileURLToPath } from 'node:url'

import type { Contender } from '../contender.ts'

const main = fileURLToPath(import.meta.resolve('../servers/reuse-port.js'))

/** Bare processes that share the port by SO_REUSEPORT: as fast as it gets, and nobody restarts or reloads them. */
export const reusePort: Contender = {
  name: 'bare SO_REUSEPORT',
  supervisor: 'none',
  language: 'JavaScript',
  launch: ({ port, workers }) => ({
    command: [process.execPath, main, String(port), String(workers)],
  }),
}
