import type { Address } from './address.ts'
import type { Handle } from './native-handle.ts'

/** How an address is bound. */
export interface BindOptions {
  /** How many sockets, at least 1. */
  readonly slots: number
  /** One SO_REUSEPORT socket per slot, where the kernel spreads connections over them (TCP on Linux); else one for all. */
  readonly reusePort: boolean
  /** Permissions of a Unix socket file, such as 0o660. Without it they are those of bind(2): 0o777 less the umask. */
  readonly mode?: number
}

/**
 * The arbiter's sockets for one address. They are bound but never listened on here: the workers do that, and the port
 * opens when the first of them does. As long as these stay open, connections queued in the kernel outlive any worker.
 */
export interface BoundListener extends AsyncDisposable {
  /**
   * The address as bound: port 0 has become the kernel's choice, a host name stays as written, an inherited socket has the
   * address that it was given by whoever opened it, if that can be found out.
   */
  readonly address: Address
  /** Whether it was passed to this process. Then it cannot be bound again: who may need it later must not close it. */
  readonly inherited: boolean
  /** Whether every slot has the same socket. */
  readonly shared: boolean
  /** How many slots there are; it never shrinks. */
  readonly slots: number
  /** The socket of a slot, from 0, to be sent to workers. The listener keeps and closes its own. */
  handle(slot: number): Handle
  /** Binds further sockets until there are `slots`; those that exist stay. Throws a system error, such as EMFILE. */
  grow(slots: number): void
  /** Whether a client that knows the address can find it: not once somebody has removed or replaced the file of a Unix socket. */
  isReachable(): boolean
  /** Closes the sockets, and removes the socket file if it is still this listener's. Idempotent. */
  close(): Promise<void>
}
