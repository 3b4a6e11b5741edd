import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** The TCP connections that a process has accepted and not closed: what dies with it. */
export interface HeldConnections {
  readonly pid: number
  /** The clients' ports. */
  readonly ports: ReadonlySet<number>
  /** By `performance.now()`. */
  readonly countedAt: number
}

/** As in /proc/net/tcp. The second: the client has half-closed, and still waits for its answer. */
const OPEN_STATES = new Set(['01' /* ESTABLISHED */, '08' /* CLOSE_WAIT */])

/**
 * Asks the kernel (Linux only): /proc/PID/fd for its sockets, /proc/PID/net for their peers. Connections that the
 * process itself opened, to a database say, are among them.
 *
 * @throws NodeJS.ErrnoException ENOENT when there is no such process, EACCES when it is somebody else's
 */
export function heldConnections(pid: number): HeldConnections {
  const inodes = socketInodes(pid)
  const rows = ['tcp', 'tcp6'].flatMap((table) => readTable(`/proc/${pid}/net/${table}`))
  const held = rows.filter(({ state, inode }) => OPEN_STATES.has(state) && inodes.has(inode))
  const ports = new Set(held.map(({ peerPort }) => peerPort))
  return { pid, ports, countedAt: performance.now() }
}

function socketInodes(pid: number): Set<string> {
  const folder = `/proc/${pid}/fd`
  const links = readdirSync(folder).map((fd) => linkOf(`${folder}/${fd}`))
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

interface Row {
  readonly state: string
  readonly peerPort: number
  readonly inode: string
}

function readTable(path: string): Row[] {
  // sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode
  return tryRead(path)
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .map(([, , peer = '', state = '', , , , , , inode = '']) => ({
      state,
      peerPort: Number.parseInt(peer.split(':')[1] ?? '', 16),
      inode,
    }))
}

/** Empty on a machine without IPv6, where there is no tcp6. */
function tryRead(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
