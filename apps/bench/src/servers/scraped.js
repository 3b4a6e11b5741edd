/**
 * Starts a server and reads its metrics once a second, which is five times as often as Prometheus mostly does, so that each
 * sample of a load has its share. Arguments: SOCKET, then the command and its arguments.
 */
import { spawn } from 'node:child_process'
import { get } from 'node:http'

const [, , socketPath, command, ...args] = process.argv
const child = spawn(command, args, { stdio: 'inherit' })
process.on('SIGTERM', () => child.kill())
child.on('exit', (code) => process.exit(code ?? 1))

setInterval(() => {
  get({ socketPath, path: '/metrics', agent: false }, (response) => response.resume()).on(
    'error',
    () => {},
  )
}, 1_000)
