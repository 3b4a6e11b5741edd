import type { Socket } from 'node:net'

import type { Arbiter } from '@nunicorn/arbiter'
import type { LeveledLogger } from '@nunicorn/contract'
import type { ControlServer } from '@nunicorn/control/server'
import { openControlSocket } from '@nunicorn/control/socket'
import type { Resolved } from '@nunicorn/settings'

import type { Invocation } from './load-settings.ts'

export interface ControlOptions {
  readonly arbiter: Arbiter
  readonly log: LeveledLogger
  readonly env: Invocation['env']
  /** The settings as they are now. */
  readonly resolved: () => Resolved
}

/**
 * Opens the control socket. What serves it is loaded when the first client comes: most instances are never asked.
 * @throws NunicornError if it cannot be where the settings say
 */
export async function openControl(options: ControlOptions): Promise<AsyncDisposable> {
  const { log, env, resolved } = options
  const { controlSocket: path, pid: pidFile } = resolved().settings
  let loading: ReturnType<typeof load> | undefined

  async function load(): Promise<ControlServer> {
    const { createControlServer } = await import('@nunicorn/control/server')
    const { createControls } = await import('./controls.ts')
    return createControlServer({
      controls: createControls(options),
      events: options.arbiter.events,
    })
  }

  async function accept(client: Socket): Promise<void> {
    // It may go before there is anybody to serve it.
    client.on('error', () => {})
    loading ??= load()
    const server = await loading
    if (!client.destroyed) server.accept(client)
  }

  const socket = await openControlSocket({
    path,
    pidFile,
    env,
    onConnection: (client) => void accept(client),
  })
  log.debug(socket ? `Control socket: ${socket.path}` : 'There is no control socket')
  return {
    async [Symbol.asyncDispose]() {
      await socket?.close()
      const server = await loading
      server?.close()
    },
  }
}
