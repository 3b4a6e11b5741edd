import { isNunicornError } from '@nunicorn/contract'
import { formatAddress, parseAddress } from '@nunicorn/sockets/address'

import { accept, type Kind, type Reading, refuse } from './kind.ts'

/** Where datagrams are sent. */
export interface UdpAddress {
  readonly host: string
  readonly port: number
}

/** Where StatsD listens if nobody says otherwise. */
const defaultPort = 8125
const mend = `Give HOST:PORT, as in 127.0.0.1:${defaultPort}.`

export const udpAddress: Kind = {
  placeholder: () => 'HOST:PORT',
  read: (value) =>
    typeof value === 'string' && value !== '' ? readText(value) : refuse(value, 'an address', mend),
  write: (address: UdpAddress) => formatAddress({ type: 'tcp', ...address }),
  schema: () => ({ type: 'string', minLength: 1 }),
}

function readText(text: string): Reading {
  if (text.startsWith('unix:')) {
    return {
      ok: false,
      message: `${JSON.stringify(text)} is a Unix socket, and Node has no Unix datagram sockets.`,
      mend: `Let StatsD listen on UDP too, and give its HOST:PORT, as in 127.0.0.1:${defaultPort}.`,
    }
  }
  try {
    const address = parseAddress(/:[^:\]]*$/.test(text) ? text : `${text}:${defaultPort}`)
    if (address.type !== 'tcp' || address.port === 0)
      return refuse(text, 'an address to send to', mend)
    return accept({ host: address.host, port: address.port } satisfies UdpAddress)
  } catch (error) {
    if (!isNunicornError(error)) throw error
    return { ok: false, message: error.message, mend }
  }
}
