import { spawn } from 'node:child_process'

import { NunicornError } from '@nunicorn/contract'
import { type BoundListener, formatAddress } from '@nunicorn/sockets'

/** In Node to listen is to accept, which the arbiter must not do: another process listens, and ends before it can accept. */
const script = `
const [backlog, count] = process.argv.slice(1).map(Number)
const servers = Array.from({ length: count }, (_, index) => require('node:net').createServer().on('error', () => {}).listen({ fd: 3 + index }, backlog))
process.reallyExit(servers.every((server) => server.listening) ? 0 : 1)
`

/**
 * Calls listen(2) on sockets that programs inherit: those made for socket activation expect that somebody has. And makes
 * them wait in accept(2), as systemd does, which programs without an event loop need; the others change it themselves.
 *
 * To be called once for each listener: both are properties of the socket, which all workers share.
 *
 * @throws NunicornError `cannot-listen`
 */
export async function listenAhead(
  listeners: readonly BoundListener[],
  backlog: number,
): Promise<void> {
  if (listeners.length === 0) return
  const handles = listeners.map((listener) => listener.handle(0))
  const child = spawn(process.execPath, ['-e', script, String(backlog), String(handles.length)], {
    stdio: ['ignore', 'ignore', 'ignore', ...handles.map(({ fd }) => fd)],
  })
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(null))
    child.on('exit', resolve)
  })
  if (code !== 0) throw cannotListen(listeners)
  for (const handle of handles) (handle as Blocking).setBlocking?.(true)
}

/** What every stream handle of Node has (LibuvStreamWrap), and no type says. */
interface Blocking {
  setBlocking?(on: boolean): number
}

function cannotListen(listeners: readonly BoundListener[]): NunicornError {
  return new NunicornError({
    code: 'cannot-listen',
    message: `The kernel refused to listen on ${listeners.map(({ address }) => formatAddress(address)).join(', ')}.`,
    hint: 'Another server took the port while nunicorn started: `ss -ltnp` names it. Stop it, or choose another port.',
  })
}
