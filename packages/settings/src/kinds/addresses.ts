import { isNunicornError } from '@nunicorn/contract'
import {
  formatAddress,
  parseAddress,
  type Address,
  type OwnAddress,
} from '@nunicorn/sockets/address'
import { accept, refuse, type Kind, type Reading } from './kind.ts'

const mend = 'Give HOST:PORT, [IPV6]:PORT, :PORT, unix:PATH or fd://NAME.'

export const addresses: Kind = {
  placeholder: () => 'ADDRESS',
  separator: ',',
  read: (value) => {
    const items: readonly unknown[] = Array.isArray(value) ? value : [value]
    if (items.length === 0) return refuse(value, 'a list with an address in it', mend)
    const read: unknown[] = []
    for (const item of items) {
      const reading = readAddress(item)
      if (!reading.ok) return reading
      read.push(reading.value)
    }
    return accept(read)
  },
  write: (list: readonly Address[]) => list.map(formatAddress),
  schema: () => {
    const item = { type: 'string', minLength: 1 }
    return { anyOf: [item, { type: 'array', items: item, minItems: 1 }] }
  },
}

export const address: Kind = {
  placeholder: () => 'ADDRESS',
  read: readOwnAddress,
  write: (value: OwnAddress) => formatAddress(value),
  schema: () => ({ type: 'string', minLength: 1 }),
}

/** One that is bound here: nothing passes on a socket for what is not the service itself. */
function readOwnAddress(value: unknown): Reading {
  const reading = readAddress(value)
  const isInherited = reading.ok && (reading.value as Address).type === 'inherited'
  return isInherited ? refuse(value, 'HOST:PORT or unix:PATH', mend) : reading
}

function readAddress(value: unknown): Reading {
  if (typeof value !== 'string') return refuse(value, 'an address', mend)
  try {
    return accept(parseAddress(value))
  } catch (error) {
    if (!isNunicornError(error)) throw error
    return { ok: false, message: error.message, mend: error.hint ?? mend }
  }
}
