import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** The TCP connections that a process has accepted and not closed: what dies with it. */
export interface HeldConnections {
  readonly pid: number
  /** The clients' ports. */
  readonly ports: ReadonlySet<number>
  /** When its sockets were listed, by `performance.now()`. */
  readonly countedAt: number
}

/**
 * Asks the kernel (Linux only): /proc/PID/fd for its sockets, /proc/PID/net for their peers. Connections that the
 * process itself opened, to a database say, are among them.
 *
 * @throws NodeJS.ErrnoException ENOENT when there is no such process, EACCES when it is somebody else's
 */
export async function heldConnections(pid: number): Promise<HeldConnections> {
  const inodes = socketInodes(pid)
  const countedAt = performance.now()
  const tables: string[] = []
  for (let look = 0; look < LOOKS; look += 1) {
    for (const name of ['tcp', 'tcp6']) tables.push(readTable(`/proc/${pid}/net/${name}`))
  }
  const held = tables.flatMap(openRows).filter(({ inode }) => inodes.has(inode))
  return { pid, ports: new Set(held.map(({ peerPort }) => peerPort)), countedAt }
}

/** While others connect and leave, the kernel may skip rows of a table that takes it several reads to print. */
const LOOKS = 3

function socketInodes(pid: number): Set<string> {
  const folder = `/proc/${pid}/fd`
  const links = readdirSync(folder).map((name) => linkOf(`${folder}/${name}`))
  return new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? ''))
}

/** Empty, if the descriptor has been closed meanwhile. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

/**
 * Empty on a machine without IPv6, where there is no tcp6. Synchronous, because the kernel gives a page at a time: a
 * thousand turns of an event loop that is busy with the load would take seconds, in which a stopped process is found to
 * hang.
 */
function readTable(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

interface OpenRow {
  readonly peerPort: number
  readonly inode: string
}

/**
 * sl, local_address, rem_address, st, tx_queue:rx_queue, tr:tm->when, retrnsmt, uid, timeout, inode. Of the states only
 * ESTABLISHED (01) and CLOSE_WAIT (08), where a client that has half-closed waits for its answer. One expression
 * for the whole table, because under load it has a hundred thousand rows in TIME_WAIT.
 */
const OPEN_ROW = /^ *\d+: [\dA-F]+:[\dA-F]{4} [\dA-F]+:([\dA-F]{4}) 0[18] (?:\S+ +){5}(\d+) /gm

function openRows(table: string): OpenRow[] {
  return [...table.matchAll(OPEN_ROW)].map(([, port = '', inode = '']) => ({
    peerPort: Number.parseInt(port, 16),
    inode,
  }))
}
