/**
 * node:cluster as textbooks show it: the primary deals out connections, forks again when a worker has died, and on HUP
 * replaces one worker after the other. Arguments: PORT WORKERS APP.
 */
import cluster from 'node:cluster'
import { once } from 'node:events'
import { createServer } from 'node:http'

const [port, workers, app] = process.argv.slice(2)

if (cluster.isPrimary) lead()
else serverOf((await import(app)).default).listen(Number(port), '127.0.0.1')

function serverOf(app) {
  return typeof app === 'function' ? createServer(app) : app
}

function lead() {
  for (let count = 0; count < Number(workers); count += 1) cluster.fork()
  cluster.on('exit', (worker) => {
    if (!worker.exitedAfterDisconnect) cluster.fork()
  })
  process.on('SIGHUP', () => void reload())
  process.on('SIGTERM', () => cluster.disconnect(() => process.exit(0)))
}

async function reload() {
  for (const old of Object.values(cluster.workers)) {
    const next = cluster.fork()
    await Promise.race([once(next, 'listening'), once(next, 'exit')])
    old.disconnect()
    // What keeps it busy for longer is cut.
    setTimeout(() => old.process.kill('SIGKILL'), 5_000).unref()
  }
  process.stderr.write('reloaded\n')
}
