import { fileURLToPath } from 'node:url'

import type { Contender } from '../contender.ts'

const main = fileURLToPath(import.meta.resolve('../servers/cluster.js'))

/** node:cluster with its default scheduling, round robin. */
export const nodeCluster: Contender = {
  name: 'node:cluster',
  workerCounts: [1, 2],
  supervises: true,
  command: ({ port, workers }) => [process.execPath, main, String(port), String(workers)],
}
