import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'

import { listen } from './bad-server.ts'

interface Servers extends AsyncDisposable {
  readonly target: { readonly host: string; readonly port: number }
  readonly children: readonly ChildProcess[]
}

/** Processes that share one listening socket, so that the queue outlives each of them. */
export async function startServers(count: number): Promise<Servers> {
  const listening = createServer()
  const port = await listen(listening)
  const children = Array.from({ length: count }, () => {
    const child = fork(new URL('fixtures/server.ts', import.meta.url))
    child.send('listen', listening)
    return child
  })
  await Promise.all(children.map((child) => once(child, 'message')))
  // From here on only the children accept.
  listening.close()
  return {
    target: { host: '127.0.0.1', port },
    children,
    async [Symbol.asyncDispose]() {
      for (const child of children) child.kill('SIGKILL')
      await Promise.all(children.map(exited))
    },
  }
}

async function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}
