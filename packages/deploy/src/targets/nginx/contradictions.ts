import type { Problem, Resolved } from '@nunicorn/settings'

import { ofOption, ofSetting } from '../../problems.ts'
import type { Place } from '../../target.ts'
import { addressesOf, planFor } from './plan.ts'

/** As nginx writes a size. */
export const bodySizeForm: RegExp = /^\d+[kmg]?$/i

const patterns = {
  'server-name': [/^[\w.*~^$|()\\ -]+$/, 'Give host names, such as shop.example.'],
  listen: [
    /^(unix:\/\S+|[\w.:[\]-]+( \w+(=\S+)?)*)$/,
    'Give a port or an address, such as 443 ssl.',
  ],
  'body-size': [bodySizeForm, 'Give a number of bytes, or with k, m or g: 10m.'],
} as const

/** Whatever nginx would refuse, or would make nginx and nunicorn work against each other. */
export function contradictions(resolved: Resolved, place: Place): readonly Problem[] {
  return [
    ...malformed(place),
    ...unreachable(resolved, place),
    ...randomPorts(resolved, place),
    ...untrusted(resolved, place),
  ]
}

function malformed({ options }: Place): readonly Problem[] {
  const texts = Object.entries(patterns).flatMap(([name, [pattern, mend]]) => {
    const value = options[name]
    return value === undefined || pattern.test(value)
      ? []
      : [ofOption(name, value, { message: `'${value}' cannot stand in a site of nginx.`, mend })]
  })
  const { upstream } = options
  if (upstream === undefined) return texts
  const wrong = addressesOf(upstream)?.length !== upstream.split(',').length
  return wrong
    ? [
        ...texts,
        ofOption('upstream', upstream, {
          message: `'${upstream}' is no list of addresses.`,
          mend: 'Give HOST:PORT or unix:PATH, several with commas between.',
        }),
      ]
    : texts
}

function unreachable(resolved: Resolved, place: Place): readonly Problem[] {
  const { bind } = resolved.settings
  if (place.options['upstream'] !== undefined || planFor(resolved, place).upstreams.length > 0)
    return []
  return [
    ofSetting(resolved, 'bind', bind, {
      message: 'Where a socket that somebody passes on is reached, nobody can tell from here.',
      mend: 'Say it with --upstream HOST:PORT or --upstream unix:PATH.',
    }),
  ]
}

/** Port 0 is another one at each start. */
function randomPorts(resolved: Resolved, { options }: Place): readonly Problem[] {
  const { bind } = resolved.settings
  if (options['upstream'] !== undefined) return []
  return bind.slice(0, 1).flatMap((address) =>
    address.type === 'tcp' && address.port === 0
      ? [
          ofSetting(resolved, 'bind', bind, {
            message: 'Port 0 is another port at each start.',
            mend: 'Bind a port of your choice, or a Unix socket.',
          }),
        ]
      : [],
  )
}

/** nginx sends the id of a request; from a peer that is not trusted nunicorn would not take it. */
function untrusted(resolved: Resolved, place: Place): readonly Problem[] {
  const { forwardedAllowIps, requestIdHeader, accessLogfile } = resolved.settings
  const { upstreams } = planFor(resolved, place)
  const isLocal = upstreams.some((address) => address.startsWith('127.'))
  const trusts = forwardedAllowIps.some((network) => /^(\*|127\.|0\.0\.0\.0\/0)/.test(network))
  if (accessLogfile === undefined || requestIdHeader === 'none' || !isLocal || trusts) return []
  return [
    ofSetting(resolved, 'forwardedAllowIps', forwardedAllowIps, {
      message: `nginx on this machine is not trusted, so that its ${requestIdHeader} would be ignored.`,
      mend: 'Add 127.0.0.1 to forwarded-allow-ips, or set request-id-header to none.',
    }),
  ]
}
