import { NunicornError } from '@nunicorn/contract'
import { type BoundListener, bindListener, formatAddress } from '@nunicorn/sockets'

import type { ArbiterSettings } from './settings.ts'

/** The listening sockets of one generation, in the order of its `bind` setting. */
export type Listeners = readonly BoundListener[]

/** All sockets that the arbiter holds, by the address they were asked for. */
export interface ListenerPool {
  /**
   * The sockets for these settings; those that are already bound are kept as they are. Binds all or nothing.
   * An inherited socket must be named by its number.
   * @throws NunicornError of `bindListener`; `closed` once the pool has been closed, as by a stop in the middle of a reload.
   */
  open(settings: Pick<ArbiterSettings, 'bind' | 'balance'>, slots: number): Promise<Listeners>
  /** Makes sure that there are sockets for so many slots. */
  grow(slots: number): void
  /** Closes what is not in `used`, except for inherited sockets. */
  keep(used: readonly Listeners[]): Promise<void>
  close(): Promise<void>
}

export function createListenerPool(): ListenerPool {
  const bound = new Map<string, BoundListener>()
  let isClosed = false
  return {
    async open({ bind, balance }, slots) {
      const opened: string[] = []
      try {
        for (const address of bind) {
          const key = formatAddress(address)
          if (bound.has(key)) continue
          if (isClosed) throw closed()
          bound.set(key, await bindListener(address, { slots, reusePort: balance === 'slots' }))
          opened.push(key)
          if (isClosed) throw closed()
        }
      } catch (error) {
        await Promise.all(opened.map(giveUp))
        throw error
      }
      return bind
        .map((address) => bound.get(formatAddress(address)))
        .filter((listener) => listener !== undefined)
    },
    grow(slots) {
      for (const listener of bound.values()) listener.grow(slots)
    },
    async keep(used) {
      const kept = new Set(used.flat())
      await Promise.all(
        [...bound].filter(([, listener]) => !kept.has(listener)).map(([key]) => giveUp(key)),
      )
    },
    async close() {
      isClosed = true
      await Promise.all([...bound.keys()].map(closeOne))
    },
  }

  /** What was passed to this process could not be had again. */
  async function giveUp(key: string): Promise<void> {
    if (!bound.get(key)?.inherited) await closeOne(key)
  }

  async function closeOne(key: string): Promise<void> {
    const listener = bound.get(key)
    bound.delete(key)
    await listener?.close()
  }
}

function closed(): NunicornError {
  return new NunicornError({ code: 'closed', message: 'The addresses have been given up.' })
}
