/**
 * The limit for several processes: each has a SO_REUSEPORT socket of its own and nobody looks after them. This one starts
 * them, passes TERM on and ends when they have. Arguments: PORT WORKERS.
 */
import { fork } from 'node:child_process'

const [, , port, workers] = process.argv
const listener = new URL('reuse-port-worker.js', import.meta.url)
const children = Array.from({ length: Number(workers) }, () => fork(listener, [port]))

process.on('SIGTERM', () => {
  for (const child of children) child.kill()
})
for (const child of children) child.disconnect()
