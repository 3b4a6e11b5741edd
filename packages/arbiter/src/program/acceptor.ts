import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Which connections a program has accepted. */
export interface Acceptor {
  /** Whether the program, or a process that it started, has accepted such a connection. `unknown` where /proc does not say. */
  has(connection: Connection): boolean | 'unknown'
}

/**
 * To TCP port `port`: any, or the one that comes from port `from` of this machine. Or to the Unix socket at `path`: any, as
 * those have nothing by which they could be told apart.
 */
export type Connection =
  | { readonly port: number; readonly from?: number }
  | { readonly path: string }

/**
 * Looks in /proc. The table of all connections is long where many have just ended (TIME_WAIT), and the arbiter has no time
 * to read it again and again: that is done only when the program has a socket that has not been looked up yet.
 */
export function acceptorOf(pid: number): Acceptor {
  const known = new Set<string>()
  return {
    has(connection) {
      if (list(`/proc/${process.pid}/fd`).length === 0) return 'unknown'
      const fresh = treeOf(pid)
        .flatMap(socketsOf)
        .filter((inode) => !known.has(inode))
      if (fresh.length === 0) return false
      for (const inode of fresh) known.add(inode)
      const accepted = new Set(
        'path' in connection
          ? unixInodesOf(read('/proc/net/unix'), connection.path)
          : ['tcp', 'tcp6'].flatMap((table) => inodesOf(read(`/proc/net/${table}`), connection)),
      )
      return fresh.some((inode) => accepted.has(inode))
    },
  }
}

const listening = '0A'

/** The sockets of connections to a port, in proc_pid_net(5) `/proc/net/tcp`, where ports are hexadecimal. */
export function inodesOf(
  table: string,
  { port, from }: { readonly port: number; readonly from?: number | undefined },
): readonly string[] {
  const localEnd = ending(port)
  const remoteEnd = from === undefined ? '' : ending(from)
  return table.split('\n').flatMap((line) => {
    // Most lines are of others, so that a look costs little.
    if (!line.includes(localEnd)) return []
    const [, local = '', remote = '', state, , , , , , inode = '0'] = line.trim().split(/\s+/)
    const isMeant = local.endsWith(localEnd) && remote.endsWith(remoteEnd) && state !== listening
    return isMeant && inode !== '0' ? [inode] : []
  })
}

/** Their own: in /proc/net/unix (proc_pid_net(5)) a socket that was accepted has the path of the one that listens. */
export function unixInodesOf(table: string, path: string): readonly string[] {
  return table.split('\n').flatMap((line) => {
    if (!line.endsWith(` ${path}`)) return []
    const [, , , flags, , , inode = '0'] = line.trim().split(/\s+/)
    return flags === listens ? [] : [inode]
  })
}

/** __SO_ACCEPTCON */
const listens = '00010000'

function ending(port: number): string {
  return `:${port.toString(16).toUpperCase().padStart(4, '0')}`
}

/** A process and all that it started. */
function treeOf(pid: number): readonly number[] {
  const children = list(`/proc/${pid}/task`).flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  )
  return [pid, ...children.flatMap(treeOf)]
}

function socketsOf(pid: number): readonly string[] {
  return list(`/proc/${pid}/fd`).flatMap(
    (fd) => /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1] ?? [],
  )
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
