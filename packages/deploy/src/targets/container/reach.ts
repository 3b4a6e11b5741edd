import type { Resolved } from '@nunicorn/settings'
import { type Address, type TcpAddress } from '@nunicorn/sockets/address'

/** Where a container listens, and what of it nobody has asked for. */
export interface Reach {
  readonly bind: readonly Address[]
  readonly admin: Address
  /** Whether the address of the settings is one that nobody gave, so that another is offered. */
  readonly offered: { readonly bind: boolean; readonly admin: boolean }
}

const everyInterface = '0.0.0.0'
const usualAdminPort = 9000

/**
 * The addresses in a container. Nobody outside reaches its loopback, so that the default is not what is served there; the
 * admin address is one that `probesFrom` reach.
 */
export function reachOf({ settings, origins }: Resolved, probesFrom: 'inside' | 'outside'): Reach {
  const offered = {
    bind: origins.bind.type === 'default',
    admin: settings.admin === undefined,
  }
  const bind = offered.bind ? settings.bind.map(opened) : settings.bind
  const host = probesFrom === 'inside' ? '127.0.0.1' : everyInterface
  const admin = settings.admin ?? { type: 'tcp', host, port: freePort(bind) }
  return { bind, admin, offered }
}

/** Those with a port. */
export function portsOf(bind: readonly Address[]): readonly number[] {
  const ports = bind.flatMap((address) => (address.type === 'tcp' ? [address.port] : []))
  return [...new Set(ports)]
}

export function isLoopback({ host }: TcpAddress): boolean {
  return host === 'localhost' || host === '::1' || /^(::ffff:)?127\./.test(host)
}

function opened(address: Address): Address {
  return address.type === 'tcp' && isLoopback(address)
    ? { ...address, host: everyInterface }
    : address
}

function freePort(bind: readonly Address[]): number {
  const taken = portsOf(bind)
  return taken.includes(usualAdminPort) ? Math.max(...taken) + 1 : usualAdminPort
}
