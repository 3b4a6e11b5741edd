import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('pass-sockets.py', import.meta.url))

/** A wrapper for `startNunicorn` that passes sockets as systemd does: `web=tcp:127.0.0.1:0`, `notify=connected:PATH`. */
export function passing(...sockets: readonly string[]): readonly string[] {
  return ['python3', program, ...sockets, '--']
}
