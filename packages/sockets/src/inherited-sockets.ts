import { fstatSync } from 'node:fs'

import { NunicornError } from '@nunicorn/contract'

import { type Address, formatAddress, type InheritedAddress } from './address.ts'
import { type KernelSocket, kernelSocket } from './kernel-socket.ts'

/** A descriptor that was passed to this process when it was started. */
export interface Inherited {
  readonly fd: number
  /** As the passer called it; systemd's default is the name of the socket unit. */
  readonly name?: string
  /** What the kernel says that it is; undefined if it is no socket, or the kernel does not say. */
  readonly kernel?: KernelSocket
}

/** The first descriptor that sd_listen_fds(3) speaks of. */
const firstDescriptor = 3

/** The variables by which descriptors are passed. A child must not believe them: they were not meant for it. */
export const inheritanceVariables: readonly string[] = [
  'LISTEN_FDS',
  'LISTEN_PID',
  'LISTEN_PIDFDID',
  'LISTEN_FDNAMES',
]

/**
 * The descriptors that LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES speak of, as sd_listen_fds_with_names(3) reads them.
 * None if they were meant for another process.
 */
export function readInherited({
  env,
  pid,
  look = kernelSocket,
}: {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly pid: number
  readonly look?: (fd: number) => KernelSocket | undefined
}): readonly Inherited[] {
  const { LISTEN_FDS: count = '', LISTEN_PID: owner, LISTEN_FDNAMES: list } = env
  if (!/^\d{1,5}$/.test(count) || owner !== String(pid)) return []
  const names = list?.split(':') ?? []
  return Array.from({ length: Number(count) }, (_, index) => {
    const fd = firstDescriptor + index
    const kernel = look(fd)
    // `unknown` is what systemd says where nobody gave a name.
    const name = names[index] || undefined
    return {
      fd,
      ...(name !== undefined && name !== 'unknown' && { name }),
      ...(kernel && { kernel }),
    }
  })
}

/**
 * Replaces names by the numbers of the descriptors that have them: one name may stand for several sockets, such as one
 * for IPv4 and one for IPv6.
 *
 * @throws NunicornError `no-such-socket`, `not-a-socket`
 */
export function findInherited(
  bind: readonly Address[],
  inherited: readonly Inherited[],
): readonly Address[] {
  const found = bind.flatMap((address): readonly Address[] =>
    address.type === 'inherited' ? numbersOf(address, inherited) : [address],
  )
  return [...new Map(found.map((address) => [formatAddress(address), address])).values()]
}

/** What was passed, for people: `fd 3 "web" (tcp 127.0.0.1:8000, listening)`. */
export function describeInherited(inherited: readonly Inherited[]): string {
  if (inherited.length === 0) return 'No descriptor was passed to this process (LISTEN_FDS)'
  const list = inherited.map(
    ({ fd, name, kernel }) =>
      `fd ${fd}${name === undefined ? '' : ` "${name}"`} (${kernel ? describeSocket(kernel) : whatElse(fd)})`,
  )
  return `Passed to this process were ${list.join(', ')}`
}

/**
 * Whether connections can be accepted on it, or could be once somebody listens.
 *
 * @returns why not; undefined if they can
 */
export function whyNotServable({ fd, kernel }: Inherited): string | undefined {
  if (kernel === undefined) return isSocket(fd) ? undefined : `it is ${whatElse(fd)}`
  if (kernel.type !== 'stream') return `it is a ${kernel.type} socket, on which nobody can accept`
  if (kernel.state === 'connected')
    return 'it is the socket of one connection: with systemd the socket unit must say Accept=no'
  return undefined
}

function numbersOf(
  address: InheritedAddress,
  inherited: readonly Inherited[],
): readonly InheritedAddress[] {
  const { socket } = address
  const meant =
    typeof socket === 'number'
      ? [inherited.find(({ fd }) => fd === socket) ?? lookAt(socket)]
      : inherited.filter(({ name }) => name === socket)
  if (meant.length === 0) throw noSuchSocket(address, inherited)
  for (const one of meant) {
    const why = whyNotServable(one)
    if (why !== undefined) throw notServable(address, { why, inherited })
  }
  return meant.map(({ fd }) => ({ type: 'inherited', socket: fd }))
}

function lookAt(fd: number): Inherited {
  const kernel = kernelSocket(fd)
  return { fd, ...(kernel && { kernel }) }
}

function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket()
  } catch {
    return false
  }
}

function whatElse(fd: number): string {
  try {
    return fstatSync(fd).isSocket() ? 'a socket' : 'no socket'
  } catch {
    return 'not open'
  }
}

function describeSocket({ family, type, address, state }: KernelSocket): string {
  const kind = type === 'stream' ? family : `${family} ${type}`
  return [[kind, address].filter(Boolean).join(' '), state].filter(Boolean).join(', ')
}

function noSuchSocket(address: Address, inherited: readonly Inherited[]): NunicornError {
  return new NunicornError({
    code: 'no-such-socket',
    message: `Cannot use ${formatAddress(address)}: no socket of that name was passed. ${describeInherited(inherited)}.`,
    hint: 'Give the socket that name (FileDescriptorName= in a systemd socket unit), or write fd:// with the number of its descriptor.',
  })
}

function notServable(
  address: Address,
  { why, inherited }: { readonly why: string; readonly inherited: readonly Inherited[] },
): NunicornError {
  return new NunicornError({
    code: 'not-a-socket',
    message: `Cannot use ${formatAddress(address)}: ${why}. ${describeInherited(inherited)}.`,
    hint: 'Pass a listening stream socket: ListenStream= in a systemd socket unit.',
  })
}
