import { type Contender, serverFile } from '../contender.ts'

/** node:cluster with its default scheduling, round robin. */
export const nodeCluster: Contender = {
  name: 'node:cluster',
  workerCounts: [1, 2],
  supervises: true,
  command: ({ port, workers }) => [
    process.execPath,
    serverFile('cluster.js'),
    String(port),
    String(workers),
  ],
}
