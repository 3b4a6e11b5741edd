import type { Resolved } from '@nunicorn/settings'
import { type Address, type OwnAddress, parseAddress } from '@nunicorn/sockets/address'

import type { Place } from '../../target.ts'

/** What the site is made of. */
export interface Plan {
  /** Of the file, the upstream and its variables. */
  readonly name: string
  readonly upstreams: readonly string[]
  readonly serverName: string
  readonly listen: string
  readonly bodySize: string
  /** nginx gives up an idle connection to nunicorn so much earlier than nunicorn does. */
  readonly idleMs: number
  /** How long nginx waits for something of an answer. */
  readonly readMs: number
  /** Undefined if nunicorn takes none. */
  readonly requestIdHeader: string | undefined
  /** Where `/readyz` is answered, as `proxy_pass` writes it. */
  readonly health: string | undefined
  /** Whether a proxy that is trusted stands before this one: what it says of the client is passed on. */
  readonly behindProxy: boolean
}

/** Nginx's own, where nothing of nunicorn's ends a request earlier. */
const usualReadMs = 60_000
/** What nunicorn needs to send the 503 of its own. */
const answeringMs = 5_000
const earlierMs = 1_000

export function planFor({ settings }: Resolved, { options }: Place): Plan {
  const { name, app, keepAliveMs, requestTimeoutMs, requestIdHeader, admin } = settings
  const given = addressesOf(options['upstream'])
  const addresses =
    given ?? settings.bind.filter((address) => address.type !== 'inherited').slice(0, 1)
  return {
    name: slug(name ?? app),
    upstreams: addresses.flatMap((address) => (isOwn(address) ? [upstream(address)] : [])),
    serverName: options['server-name'] ?? '_',
    listen: options['listen'] ?? '80',
    bodySize: options['body-size'] ?? '10m',
    idleMs: keepAliveMs - Math.min(earlierMs, Math.floor(keepAliveMs / 2)),
    readMs: requestTimeoutMs > 0 ? requestTimeoutMs + answeringMs : usualReadMs,
    requestIdHeader: requestIdHeader === 'none' ? undefined : requestIdHeader,
    health: admin && `${url(admin)}/readyz`,
    behindProxy: false,
  }
}

/** Undefined if there are none; an address that is none is left out, and told of by the contradictions. */
export function addressesOf(text: string | undefined): readonly Address[] | undefined {
  return text?.split(',').flatMap((part) => {
    try {
      return [parseAddress(part.trim())]
    } catch {
      return []
    }
  })
}

function isOwn(address: Address): address is OwnAddress {
  return address.type !== 'inherited'
}

function upstream(address: OwnAddress): string {
  return address.type === 'unix' ? `unix:${address.path}` : hostAndPort(address)
}

function url(address: OwnAddress): string {
  return address.type === 'unix' ? `http://unix:${address.path}:` : `http://${hostAndPort(address)}`
}

/** nginx is on this machine: from here a wildcard address is reached by the loopback one. */
function hostAndPort({ host, port }: Extract<OwnAddress, { type: 'tcp' }>): string {
  const reached = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host
  return `${reached.includes(':') ? `[${reached}]` : reached}:${port}`
}

function slug(name: string): string {
  const plain = name
    .replace(/\.[cm]?[jt]s\b.*$|:.*$/, '')
    .replaceAll(/[^a-zA-Z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
  // To nginx a variable that begins with a digit is a capture.
  return plain.replace(/^\d/, 'app_$&') || 'nunicorn'
}
