import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

import type { Sender } from './sender.ts'

/** The manager reads within milliseconds; one that is stuck must not make processes pile up. */
const patienceMs = 5_000

/**
 * Starts systemd-notify(1) for each message. It waits until the manager has read it, so that it is still there when the
 * manager looks up to which service the sender belongs.
 *
 * @param socket NOTIFY_SOCKET: a path, `@NAME` for an abstract one
 */
export function commandSender(
  socket: string,
  { command = 'systemd-notify' }: { readonly command?: string } = {},
): Sender {
  return {
    way: `${command}, to ${socket}`,
    async send(message) {
      const child = spawn(command, [...message], {
        env: { ...process.env, NOTIFY_SOCKET: socket },
        stdio: ['ignore', 'ignore', 'pipe'],
        timeout: patienceMs,
        killSignal: 'SIGKILL',
      })
      const [complaint, [code, signal]] = await Promise.all([
        text(child.stderr),
        once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
      ])
      if (code !== 0) throw new Error(complaint.trim() || `it ended with ${code ?? signal}`)
    },
  }
}
