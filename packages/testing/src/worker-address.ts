import type { ListenAddress } from '@nunicorn/contract'

import type { TestWorker } from './test-worker.ts'

/** Where a client turns to: an address, or the first one of a worker. */
export type Target = ListenAddress | Pick<TestWorker, 'addresses'>

/** Where it is, for `net.connect`. */
export function placeOf(
  target: Target,
): { path: string } | { path?: never; host: string; port: number } {
  const address = addressOf(target)
  return typeof address === 'string'
    ? { path: address }
    : { host: address.address, port: address.port }
}

/** `http://127.0.0.1:40123/path`, or with another scheme. A Unix socket has no URL. */
export function urlOf(target: Target, path = '/', scheme = 'http'): string {
  const { host, port } = placeOf(target) as { host: string; port: number }
  return `${scheme}://${host}:${port}${path}`
}

function addressOf(target: Target): ListenAddress {
  if (typeof target === 'string' || 'address' in target) return target
  const [address] = target.addresses()
  if (address === undefined) throw new Error('the worker has no address at the moment')
  return address
}
