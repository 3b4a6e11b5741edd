/**
 * node:cluster as its documentation shows it: the primary accepts and deals out round robin, and forks anew what has died.
 * HUP: the rolling reload of the textbooks, one worker at a time, first the new one, then the old one's disconnect().
 * Arguments: PORT WORKERS.
 */
import cluster from 'node:cluster'
import { once } from 'node:events'
import { createServer } from 'node:http'

import app from './app.js'

const [, , port, workers] = process.argv
if (cluster.isPrimary) supervise()
else createServer(app).listen(Number(port), '127.0.0.1')

function supervise() {
  for (let worker = 0; worker < Number(workers); worker += 1) cluster.fork()
  cluster.on('exit', ({ exitedAfterDisconnect }) => {
    if (!exitedAfterDisconnect) cluster.fork()
  })
  process.on('SIGHUP', () => void reload())
}

async function reload() {
  for (const old of Object.values(cluster.workers ?? {})) {
    if (!old) continue
    await once(cluster.fork(), 'listening')
    const exited = once(old, 'exit')
    old.disconnect()
    const timer = setTimeout(() => old.process.kill('SIGKILL'), 5_000)
    await exited
    clearTimeout(timer)
  }
}
