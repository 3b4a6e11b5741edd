import { NunicornError } from '@nunicorn/contract'

/** Where a server listens. */
export type Address = TcpAddress | UnixAddress | InheritedAddress

/** One that is bound here. */
export type OwnAddress = TcpAddress | UnixAddress

export interface TcpAddress {
  readonly type: 'tcp'
  /** An IPv4 address, an IPv6 address without brackets, or a host name. */
  readonly host: string
  /** 0 to 65535; 0 lets the kernel choose. */
  readonly port: number
}

export interface UnixAddress {
  readonly type: 'unix'
  readonly path: string
}

/** A socket that whoever started this process has opened and passed on: systemd's socket activation. */
export interface InheritedAddress {
  readonly type: 'inherited'
  /** The number of its descriptor, or the name that the passer gave it (`FileDescriptorName=`). */
  readonly socket: number | string
}

/** The port of an address that names none, as in Gunicorn. */
const defaultPort = 8000
const highestPort = 65_535

/**
 * Reads an address as a person writes it: `host:port`, `host` (port 8000), `:port` (every IPv4 interface),
 * `[v6]:port`, `[v6]`, `unix:PATH`, `unix://PATH`, `fd://NAME` or `fd://N`.
 *
 * @throws NunicornError `bad-address`
 */
export function parseAddress(text: string): Address {
  if (text.startsWith('fd://')) return parseInherited(text)
  return text.startsWith('unix:') ? parseUnix(text) : parseTcp(text)
}

/** Writes an address so that {@link parseAddress} reads the same one again. */
export function formatAddress(address: Address): string {
  if (address.type === 'inherited') return `fd://${address.socket}`
  if (address.type === 'unix') {
    // A path that begins with two slashes would be taken for the `unix://PATH` form.
    return address.path.startsWith('//') ? `unix://${address.path}` : `unix:${address.path}`
  }
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`
}

/** An address for people to click on: `http://127.0.0.1:8000`; for a Unix socket, which has no URL, `unix:/path`. */
export function addressUrl(address: Address): string {
  return address.type === 'tcp' ? `http://${formatAddress(address)}` : formatAddress(address)
}

function parseInherited(text: string): InheritedAddress {
  const socket = text.slice('fd://'.length)
  if (/^\d{1,9}$/.test(socket)) return { type: 'inherited', socket: Number(socket) }
  // What systemd allows: printable ASCII without the colon that separates names in LISTEN_FDNAMES.
  if (/^(?!\d+$)[ -9;-~]{1,255}$/.test(socket)) return { type: 'inherited', socket }
  throw bad(
    text,
    'after fd:// stands no name and no number of a descriptor',
    'Write fd://NAME, as in FileDescriptorName= of a systemd socket, or fd://3.',
  )
}

function parseUnix(text: string): UnixAddress {
  const path = text.slice(text.startsWith('unix://') ? 'unix://'.length : 'unix:'.length)
  if (path === '') throw bad(text, 'the path is empty', 'Write unix:/run/app.sock.')
  if (path.includes('\0'))
    throw bad(text, 'a path cannot contain a NUL character', 'Write unix:/run/app.sock.')
  return { type: 'unix', path }
}

function parseTcp(text: string): TcpAddress {
  if (/^\d+$/.test(text)) {
    throw bad(
      text,
      'a number alone is no host',
      `For a port, write 127.0.0.1:${text}, or :${text} for every interface.`,
    )
  }
  const bracketed = /^\[(?<host>[^\]]*)\](?::(?<port>.*))?$/su.exec(text)?.groups
  if (bracketed)
    return {
      type: 'tcp',
      host: parseV6(bracketed['host'] ?? '', text),
      port: parsePort(bracketed['port'], text),
    }
  const [host = '', port, ...more] = text.split(':')
  if (more.length > 0) throw unreadable(text)
  return {
    type: 'tcp',
    host: host === '' && port !== undefined ? '0.0.0.0' : parseHost(host, text),
    port: parsePort(port, text),
  }
}

function unreadable(text: string): NunicornError {
  if (text.includes('://'))
    return bad(text, 'what is wanted is not a URL', 'Write host:port, or unix:/run/app.sock.')
  const why = isIPv6(text)
    ? 'an IPv6 address must stand in brackets'
    : 'there is more than one colon'
  return bad(text, why, 'Write host:port; for IPv6 with brackets, as in [::1]:8000.')
}

function parsePort(text: string | undefined, whole: string): number {
  if (text === undefined) return defaultPort
  if (!/^\d+$/.test(text))
    throw bad(
      whole,
      `the port "${text}" is not a number`,
      'Write a port from 0 to 65535, as in 127.0.0.1:8000.',
    )
  const port = Number(text)
  if (port > highestPort)
    throw bad(whole, `the port ${text} is too high`, 'Write a port from 0 to 65535.')
  return port
}

function parseHost(host: string, whole: string): string {
  if (/^[\d.]+$/.test(host) && !isIPv4(host))
    throw bad(
      whole,
      `"${host}" is not an IPv4 address`,
      'Write four numbers from 0 to 255, as in 127.0.0.1.',
    )
  if (!/^[\w.-]+$/.test(host))
    throw bad(whole, `"${host}" is not a host name`, 'Write host:port, as in 127.0.0.1:8000.')
  return host
}

function parseV6(host: string, whole: string): string {
  // A zone says which link a link-local address belongs to: fe80::1%eth0 (RFC 4007).
  if (!isIPv6(host.replace(/%[\w.-]+$/, '')))
    throw bad(
      whole,
      `"${host}" is not an IPv6 address`,
      'Write [::1]:8000, or [::]:8000 for every interface.',
    )
  return host
}

function isIPv4(text: string): boolean {
  const parts = text.split('.')
  return (
    parts.length === 4 &&
    parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
  )
}

/**
 * RFC 4291 2.2: eight groups, of which one run may be left out as `::`; the last two may be written as IPv4. Zones are not
 * known. (The first `net.isIPv6` of a process compiles an expression for 3 ms.)
 */
export function isIPv6(text: string): boolean {
  const inHex = text.replace(/(?<=:)[^:]*$/, (last) => (isIPv4(last) ? '0:0' : last))
  const halves = inHex.split('::')
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  const count = groups.length
  const isComplete = halves.length === 1 ? count === 8 : halves.length === 2 && count < 8
  return isComplete && groups.every((group) => /^[\da-f]{1,4}$/i.test(group))
}

function bad(text: string, why: string, hint: string): NunicornError {
  return new NunicornError({
    code: 'bad-address',
    message: `"${text}" is not an address: ${why}.`,
    hint,
  })
}
