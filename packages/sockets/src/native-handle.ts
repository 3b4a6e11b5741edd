import net from 'node:net'

import { NunicornError } from '@nunicorn/contract'

import { systemError } from './bind-error.ts'

/**
 * A kernel socket in Node's native form: bound, perhaps not yet listened on. It can be sent to child processes any number
 * of times (`child.send(message, handle)`); each then has a descriptor of its own for the same kernel socket.
 */
export interface Handle {
  /** The descriptor in this process; -1 once closed. */
  readonly fd: number
  close(closed?: () => void): void
}

interface TcpHandle extends Handle {
  getsockname(name: SocketName): number
}

interface SocketName {
  address?: string
  port?: number
}

/*
 * `net._createServerHandle` is what node:cluster binds with, and the one private function that nunicorn calls: here only.
 * `net.BoundSocket` is to succeed it, but Node 22 does not have it, and its sockets can be sent to a child only from
 * Node 26.10. When that is the oldest Node supported, BoundSocket replaces `create`.
 */
type CreateServerHandle = (
  address: string | undefined,
  port: number,
  family: 4 | 6 | -1,
  fd?: number,
  flags?: number,
) => TcpHandle | number

/** UV_TCP_REUSEPORT (Node >= 22.12): several sockets share the port and the kernel spreads new connections over them. */
const reusePortFlag = 2

/**
 * Binds a TCP socket: until some process listens on it, it refuses connections.
 *
 * @param ip a numeric address
 * @throws a system error, as bind(2) gives it
 */
export function bindTcpHandle(
  ip: string,
  { port, reusePort }: { readonly port: number; readonly reusePort: boolean },
): Handle {
  // It is an address already; the first `net.isIPv6` of a process compiles an expression for 3 ms.
  const family = ip.includes(':') ? 6 : 4
  const handle = create(ip, port, family, undefined, reusePort ? reusePortFlag : 0)
  try {
    // libuv keeps EADDRINUSE to itself until the next call on the socket.
    boundPort(handle)
    return handle
  } catch (error) {
    handle.close()
    throw error
  }
}

/** The port that a TCP handle is bound to: what the kernel chose for port 0. */
export function boundPort(handle: Handle): number {
  return boundName(handle as TcpHandle).port
}

/** Where a handle is bound, if it is one of TCP; undefined for one of a Unix socket, which Node does not ask. */
export function boundTo(
  handle: Handle,
): { readonly ip: string; readonly port: number } | undefined {
  return 'getsockname' in handle ? boundName(handle as TcpHandle) : undefined
}

function boundName(handle: TcpHandle): { readonly ip: string; readonly port: number } {
  const name: SocketName = {}
  const status = handle.getsockname(name)
  if (status !== 0 || name.port === undefined) throw systemError(nameOf(status))
  return { ip: name.address ?? '', port: name.port }
}

/**
 * Binds a Unix stream socket; a path that begins with NUL is a name in Linux' abstract namespace.
 * Closing the handle unlinks the path, no matter whose file is there by then.
 *
 * @throws a system error, as bind(2) gives it
 */
export function bindUnixHandle(path: string): Handle {
  return create(path, -1, -1)
}

/**
 * Takes over a descriptor that this process was started with: a stream socket of TCP or Unix. Closing the handle closes
 * the descriptor and unlinks nothing.
 *
 * @throws a system error: `EINVAL` if it is anything else
 */
export function adoptHandle(fd: number): Handle {
  return create(undefined, 0, 4, fd)
}

/** Resolves when the handle is closed, which can be done only once. */
export function closeHandle(handle: Handle): Promise<void> {
  return new Promise((resolve) => handle.close(resolve))
}

function create(...args: Parameters<CreateServerHandle>): Handle {
  const createServerHandle = (net as { _createServerHandle?: CreateServerHandle })
    ._createServerHandle
  if (typeof createServerHandle !== 'function') throw unsupported()
  const handle = createServerHandle(...args)
  if (typeof handle === 'number') throw systemError(nameOf(handle))
  if (typeof handle.fd !== 'number') throw unsupported()
  return handle
}

function unsupported(): NunicornError {
  return new NunicornError({
    code: 'unsupported-node',
    message: `${process.release.name} ${process.version} cannot bind a socket the way nunicorn needs it (net._createServerHandle).`,
    hint: 'Run nunicorn on a release of Node that it was tested with: 22.18 or later, 24 or 26.',
  })
}

/** Importing node:util would read all its exports, among which are node:worker_threads: 2 ms in every process. */
function nameOf(error: number): string {
  return process.getBuiltinModule('node:util').getSystemErrorName(error)
}
