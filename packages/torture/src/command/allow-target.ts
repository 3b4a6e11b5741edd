import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'

import type { Target } from '../target.ts'
import { UsageError } from './plan.ts'

/**
 * Looks the host up, once for the whole run.
 *
 * @throws UsageError when it is not known, or is another machine that the caller has not said to own
 */
export async function allowTarget(target: Target, ownsHost: boolean): Promise<Target> {
  if ('path' in target) return target
  const { address, family } = await addressOf(target.host)
  if (!ownsHost && !thisMachine.check(address, family === 6 ? 'ipv6' : 'ipv4')) {
    const what = address === target.host ? address : `${target.host} (${address})`
    throw new UsageError([
      `${what} is not this machine. Load hurts: aim it only at hosts that are yours, and then say so with --i-own-this-host.`,
    ])
  }
  return { host: address, port: target.port }
}

async function addressOf(host: string): Promise<{ address: string; family: number }> {
  if (isIP(host) !== 0) return { address: host, family: isIP(host) }
  try {
    return await lookup(host)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError([`${host} is not known (${code}). Check the name, or write an address.`])
  }
}

const thisMachine = new BlockList()
thisMachine.addSubnet('127.0.0.0', 8, 'ipv4')
thisMachine.addAddress('::1', 'ipv6')
// What servers call all their addresses; a client that connects there reaches its own machine.
thisMachine.addAddress('0.0.0.0', 'ipv4')
thisMachine.addAddress('::', 'ipv6')
