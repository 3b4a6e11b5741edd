import type { Address } from './address.ts'
import { bindTcp } from './bind-tcp.ts'
import { bindUnix } from './bind-unix.ts'
import type { BindOptions, BoundListener } from './bound-listener.ts'

/**
 * Binds `address` for the arbiter.
 *
 * @throws NunicornError `address-in-use`, `address-denied`, `address-not-available`, `host-not-found`, `bad-address`,
 * and for Unix sockets `not-a-socket`, `no-such-directory`, `path-too-long`; `unsupported-node`
 */
export function bindListener(address: Address, options: BindOptions): Promise<BoundListener> {
  return address.type === 'tcp' ? bindTcp(address, options) : bindUnix(address, options)
}
