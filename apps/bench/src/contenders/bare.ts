import { type Contender, serverFile } from '../contender.ts'

/** One process of node:http without anybody who looks after it. */
export const bare: Contender = {
  name: 'bare node:http',
  workerCounts: [1],
  supervises: false,
  command: ({ port }) => [process.execPath, serverFile('bare.js'), String(port)],
}
