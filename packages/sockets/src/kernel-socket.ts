import { fstatSync, readFileSync } from 'node:fs'
import { endianness } from 'node:os'

/** What the kernel says of a socket. */
export interface KernelSocket {
  readonly family: 'tcp' | 'udp' | 'unix'
  readonly type: 'stream' | 'datagram' | 'seqpacket'
  /** As `formatAddress` would show it, without `unix:`; a leading @ is an abstract name. */
  readonly address?: string
  readonly state?: 'listening' | 'connected'
}

/**
 * Looks a descriptor up in the kernel's tables, because Node can ask neither getsockname(2) of a Unix socket nor
 * getsockopt(2) of any. Undefined if it is no socket, if there is no /proc, and for a TCP socket that is bound and
 * nothing more.
 */
export function kernelSocket(fd: number): KernelSocket | undefined {
  const inode = inodeOf(fd)
  if (inode === undefined) return undefined
  return (
    inetSocket('tcp', inode) ??
    inetSocket('tcp6', inode) ??
    unixSocket(inode) ??
    inetSocket('udp', inode) ??
    inetSocket('udp6', inode)
  )
}

function inodeOf(fd: number): string | undefined {
  try {
    const stat = fstatSync(fd, { bigint: true })
    return stat.isSocket() ? String(stat.ino) : undefined
  } catch {
    return undefined
  }
}

/** `sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode ...` (proc_pid_net(5)). */
function inetSocket(
  table: 'tcp' | 'tcp6' | 'udp' | 'udp6',
  inode: string,
): KernelSocket | undefined {
  const fields = linesOf(table)
    .map((line) => line.trim().split(/\s+/))
    .find((row) => row[9] === inode)
  if (fields === undefined) return undefined
  const [, local = '', , state] = fields
  const address = inetAddress(local)
  if (table.startsWith('udp')) return { family: 'udp', type: 'datagram', address }
  return {
    family: 'tcp',
    type: 'stream',
    address,
    state: state === '0A' ? 'listening' : 'connected',
  }
}

const unixTypes: Readonly<Record<string, KernelSocket['type']>> = {
  '0001': 'stream',
  '0002': 'datagram',
  '0005': 'seqpacket',
}
/** __SO_ACCEPTCON of the kernel. */
const accepting = 0x1_0000
const connected = '03'

/** `Num RefCount Protocol Flags Type St Inode Path`: the inode is right-aligned, the path may contain spaces. */
const unixRow = /^\S+ \S+ \S+ (\S+) (\S+) (\S+) +(\d+)(?: (.*))?$/

function unixSocket(inode: string): KernelSocket | undefined {
  const fields = linesOf('unix')
    .map((line) => unixRow.exec(line))
    .find((match) => match?.[4] === inode)
  if (!fields) return undefined
  const [, flags = '', type = '', state, , address] = fields
  const isListening = (Number.parseInt(flags, 16) & accepting) !== 0
  return {
    family: 'unix',
    type: unixTypes[type] ?? 'datagram',
    ...(address && { address }),
    ...(isListening ? { state: 'listening' } : state === connected ? { state: 'connected' } : {}),
  }
}

function linesOf(table: string): readonly string[] {
  try {
    return readFileSync(`/proc/net/${table}`, 'utf8').split('\n').slice(1)
  } catch {
    return []
  }
}

/** `0100007F:1F40`: an address in groups of four bytes, each in the byte order of the machine, and a port. */
function inetAddress(text: string): string {
  const [hex = '', port = ''] = text.split(':')
  const words = hex.match(/.{8}/g) ?? []
  const bytes = words.flatMap((word) =>
    inMachineOrder(word.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)),
  )
  const number = Number.parseInt(port, 16)
  if (bytes.length === 4) return `${bytes.join('.')}:${number}`
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
  )
  return `${new URL(`http://[${groups.join(':')}]`).hostname}:${number}`
}

function inMachineOrder(bytes: readonly string[]): readonly string[] {
  return endianness() === 'LE' ? bytes.toReversed() : bytes
}
