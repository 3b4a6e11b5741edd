/** node:cluster as its documentation shows it: the primary accepts and deals out round robin. Arguments: PORT WORKERS. */
import cluster from 'node:cluster'
import { createServer } from 'node:http'

import app from './app.js'

if (cluster.isPrimary) {
  for (let worker = 0; worker < Number(process.argv[3]); worker += 1) cluster.fork()
} else {
  createServer(app).listen(Number(process.argv[2]), '127.0.0.1')
}
