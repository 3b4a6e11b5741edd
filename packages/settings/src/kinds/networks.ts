import { isIPv4 } from 'node:net'

import { isIPv6 } from '@nunicorn/sockets/address'

import { accept, refuse, type Kind } from './kind.ts'

const mend = 'Give an IP address, a network such as 10.0.0.0/8, or * for all.'

/** Peers, by their addresses. */
export const networks: Kind = {
  placeholder: () => 'ADDRESS',
  separator: ',',
  read: (value) => {
    const items: readonly unknown[] = Array.isArray(value) ? value : [value]
    // Gunicorn's way to write them, and a list in an environment variable.
    const list = items.flatMap((item) =>
      typeof item === 'string' ? item.split(',').map((part) => part.trim()) : [item],
    )
    const wrong = list.find((item) => !isNetwork(item))
    return wrong === undefined ? accept(list) : refuse(wrong, 'an address or a network', mend)
  },
  schema: () => {
    const item = { type: 'string', minLength: 1 }
    return { anyOf: [item, { type: 'array', items: item }] }
  },
}

function isNetwork(item: unknown): boolean {
  if (typeof item !== 'string') return false
  if (item === '*') return true
  const [, address = '', prefix = '0'] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(item) ?? []
  if (isIPv4(address)) return Number(prefix) <= 32
  return isIPv6(address) && Number(prefix) <= 128
}
