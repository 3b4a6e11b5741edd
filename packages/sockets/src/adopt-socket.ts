import { isIPv6 } from 'node:net'

import { NunicornError } from '@nunicorn/contract'

import { type Address, formatAddress, type InheritedAddress } from './address.ts'
import type { BindOptions, BoundListener } from './bound-listener.ts'
import { kernelSocket } from './kernel-socket.ts'
import { adoptHandle, boundTo, closeHandle, type Handle } from './native-handle.ts'

/**
 * Takes over a socket that was passed to this process, for every slot to share: it may be one of several that the kernel
 * spreads connections over, but then every worker has to accept on each of them, lest one wait for a worker that is not
 * there. Its file, if it has one, belongs to whoever opened it.
 *
 * @throws NunicornError `not-a-socket`
 */
export function adoptSocket(wanted: InheritedAddress, options: BindOptions): BoundListener {
  const handle = adopt(wanted)
  let { slots } = options
  let closing: Promise<void> | undefined
  return {
    address: addressOf(handle) ?? wanted,
    inherited: true,
    shared: true,
    get slots() {
      return slots
    },
    handle: () => handle,
    grow(wantedSlots) {
      slots = Math.max(slots, wantedSlots)
    },
    isReachable: () => true,
    close: () => (closing ??= closeHandle(handle)),
    [Symbol.asyncDispose]: () => (closing ??= closeHandle(handle)),
  }
}

function adopt(wanted: InheritedAddress): Handle {
  if (typeof wanted.socket === 'string')
    throw new TypeError(`${formatAddress(wanted)} has not been looked up with findInherited`)
  try {
    return adoptHandle(wanted.socket)
  } catch (cause) {
    throw new NunicornError({
      code: 'not-a-socket',
      message: `Cannot use ${formatAddress(wanted)}: it is no stream socket of this process.`,
      hint: 'Pass a listening stream socket: ListenStream= in a systemd socket unit.',
      cause,
    })
  }
}

function addressOf(handle: Handle): Address | undefined {
  const tcp = boundTo(handle)
  if (tcp) return { type: 'tcp', host: unmapped(tcp.ip), port: tcp.port }
  const path = kernelSocket(handle.fd)?.address
  return path === undefined ? undefined : { type: 'unix', path }
}

/** A socket of both families shows an IPv4 address as one of IPv6. */
function unmapped(ip: string): string {
  return isIPv6(ip) ? ip.replace(/^::ffff:(?=\d+\.)/, '') : ip
}
