import { isIPv6, type NetConnectOpts } from 'node:net'

/** Where a server listens. A host that is a name is looked up for every connection: give an IP address for load. */
export type Target = { readonly host: string; readonly port: number } | { readonly path: string }

export function connectOptions(target: Target): NetConnectOpts {
  // One address, tried once: happy eyeballs would be a hidden retry. No Nagle: half a head must leave at once.
  return { ...target, autoSelectFamily: false, noDelay: true }
}

/** What the Host header says. */
export function hostOf(target: Target): string {
  if ('path' in target) return 'localhost'
  return `${isIPv6(target.host) ? `[${target.host}]` : target.host}:${target.port}`
}
