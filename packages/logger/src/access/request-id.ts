import { randomBytes } from 'node:crypto'
import { BlockList, isIP, isIPv6 } from 'node:net'

import type { NewRequest } from '@nunicorn/contract'

export interface RequestIdOptions {
  /** `X-Request-ID` */
  readonly header: string
  /** Peers whose word counts: addresses, networks (`10.0.0.0/8`), or `*` for all. Those on Unix sockets always do. */
  readonly trusted: readonly string[]
}

/** As nginx and Envoy make them, and whatever else is no longer and has nothing in it that a log or a shell could stumble over. */
const acceptable = /^[\w.:+/=@~-]{1,128}$/

/**
 * Gives each request an id, in a header where the app finds it: that with which it came, if it came from somebody who is
 * trusted, else a new one.
 */
export function requestIds({ header, trusted }: RequestIdOptions): (request: NewRequest) => void {
  const name = header.toLowerCase()
  const isTrusted = trustedPeers(trusted)
  const next = idMaker()
  return ({ headers, rawHeaders, remoteAddress }) => {
    const given = headers[name]
    if (given === undefined) return void (headers[name] = next())
    if (typeof given === 'string' && acceptable.test(given) && isTrusted(remoteAddress)) return
    const id = next()
    headers[name] = id
    if (rawHeaders) replaceIn(rawHeaders, { name, id })
  }
}

/** Unique by a random number of the process, and a count: a random number for each would cost seven times as much. */
function idMaker(): () => string {
  const own = randomBytes(12).toString('hex')
  let count = 0
  return () => {
    count += 1
    return `${own}-${count}`
  }
}

/** A BlockList is slow, and peers come again. */
const mostRemembered = 1_000

/** Whether the word of a peer counts. */
export function trustedPeers(trusted: readonly string[]): (address: string | undefined) => boolean {
  if (trusted.includes('*')) return () => true
  const list = listOf(trusted)
  const known = new Map<string, boolean>()
  return (address) => {
    if (address === undefined) return true
    const before = known.get(address)
    if (before !== undefined) return before
    if (known.size >= mostRemembered) known.clear()
    const isListed = isIP(address) !== 0 && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
    known.set(address, isListed)
    return isListed
  }
}

function listOf(trusted: readonly string[]): BlockList {
  const list = new BlockList()
  for (const item of trusted) {
    const [address = '', prefix] = item.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return list
}

/** Who looks at the headers as they came shall not find another id. */
function replaceIn(
  rawHeaders: string[],
  { name, id }: { readonly name: string; readonly id: string },
): void {
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (rawHeaders[index]!.toLowerCase() === name) rawHeaders[index + 1] = id
}
