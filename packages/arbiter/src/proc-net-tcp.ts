import { open } from 'node:fs/promises'

/** A socket as the kernel lists it. */
export interface TcpRow {
  readonly port: number
  readonly state: string
  readonly inode: string
  /** Bytes that have not been read; of a listening socket the connections that have not been accepted. */
  readonly queued: number
}

export const listening = '0A'

/**
 * The rows of `/proc/PID/net/tcp` or `tcp6` (proc_pid_net(5)); none where there is no such file. The kernel lists the
 * listening sockets first; what follows may be tens of thousands of connections in TIME_WAIT, which it would take long to
 * print: whoever wants only the first stops reading.
 */
export async function* tcpRows(path: string): AsyncGenerator<TcpRow> {
  try {
    await using file = await open(path)
    for await (const line of file.readLines({ start: 0 })) {
      const [number, local = '', , state = '', queues = '', , , , , inode = ''] = line
        .trim()
        .split(/\s+/)
      if (number === 'sl') continue
      const [port, queued] = [local, queues].map((pair) =>
        Number.parseInt(pair.split(':')[1] ?? '0', 16),
      ) as [number, number]
      yield { port, state, inode, queued }
    }
  } catch {
    // The process is gone, or there is no IPv6.
  }
}
