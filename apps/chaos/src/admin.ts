import { openConnection } from '@nunicorn/torture'

import type { Server } from './system.ts'

/** The admin address of a nunicorn that was started with `--admin=127.0.0.1:0`. */
export interface Admin {
  /** Asks on a connection of its own. */
  get(path: string): Promise<{ readonly status: number; readonly body: string }>
}

export async function adminOf({ log }: Server): Promise<Admin> {
  const [, host = '', port] = await log.waitFor(/Admin address: http:\/\/([\d.]+):(\d+)/)
  return {
    async get(path) {
      await using connection = await openConnection({ host, port: Number(port) })
      const head = [`GET ${path} HTTP/1.1`, `Host: ${host}:${port}`, 'Connection: close']
      await connection.send([...head, '', ''].join('\r\n'))
      const { status, body } = await connection.readAnswer({ timeoutMs: 5_000 })
      return { status, body: String(body) }
    },
  }
}
