import type { OwnAddress } from '@nunicorn/sockets'

/**
 * Whether a `Host` header names this machine in a way that no stranger's domain can (DNS rebinding: a page of evil.example
 * whose name suddenly means 127.0.0.1 reads from here as its own server). Addresses and `localhost` cannot be rebound; of
 * names, those that the operator gave: the host of `--admin` and the machine's own.
 */
export function isTrustedHost(
  header: string | undefined,
  { address, hostname }: { readonly address: OwnAddress; readonly hostname: string },
): boolean {
  // No browser can reach a Unix socket, and none leaves the header out.
  if (address.type === 'unix' || header === undefined) return true
  const host = header.replace(/:\d*$/, '').toLowerCase()
  return (
    /^\[[\da-f:.]+\]$/.test(host) ||
    /^\d+\.\d+\.\d+\.\d+$/.test(host) ||
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === address.host.toLowerCase() ||
    host === hostname.toLowerCase()
  )
}
