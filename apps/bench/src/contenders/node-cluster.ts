import { fileURLToPath } from 'node:url'

import type { Contender } from '../contender.ts'

const main = fileURLToPath(import.meta.resolve('../servers/cluster.js'))

/** node:cluster with its default scheduling, round robin, and a rolling reload by hand: it has none. */
export const nodeCluster: Contender = {
  name: 'node:cluster',
  supervisor: 'process',
  language: 'JavaScript',
  launch: ({ port, workers }) => ({
    command: [process.execPath, main, String(port), String(workers)],
  }),
  async reload({ pid }) {
    process.kill(pid, 'SIGHUP')
  },
}
