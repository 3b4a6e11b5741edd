import type { Address } from './address.ts'
import { bindTcp } from './bind-tcp.ts'
import { bindUnix } from './bind-unix.ts'
import { adoptSocket } from './adopt-socket.ts'
import type { BindOptions, BoundListener } from './bound-listener.ts'

/**
 * Binds `address` for the arbiter.
 *
 * @throws NunicornError `address-in-use`, `address-denied`, `address-not-available`, `host-not-found`, `bad-address`,
 * and for Unix sockets `not-a-socket`, `no-such-directory`, `path-too-long`; `unsupported-node`;
 * for inherited ones `not-a-socket`
 */
export async function bindListener(address: Address, options: BindOptions): Promise<BoundListener> {
  switch (address.type) {
    case 'tcp':
      return await bindTcp(address, options)
    case 'unix':
      return await bindUnix(address, options)
    case 'inherited':
      return adoptSocket(address, options)
  }
}
