import { isNunicornError } from '@nunicorn/contract'
import { parseAddress } from '@nunicorn/sockets/address'
import { accept, refuse, type Kind, type Reading } from './kind.ts'

/** Where syslog messages go. */
export type SyslogAddress =
  | { readonly transport: 'udp'; readonly host: string; readonly port: number }
  | { readonly transport: 'tcp'; readonly host: string; readonly port: number }
  | { readonly transport: 'unix'; readonly path: string }

const mend = 'Give udp://HOST:PORT, tcp://HOST:PORT or unix://PATH.'
const standardPort = 514

export const syslog: Kind = {
  placeholder: () => 'ADDRESS',
  read: (value) => {
    const [, transport, rest = ''] =
      (typeof value === 'string' && /^(udp|tcp|unix):\/\/(.+)$/.exec(value)) || []
    if (transport === undefined) return refuse(value, 'an address of syslog', mend)
    return transport === 'unix' ? readPath(value, rest) : readHost(value, { transport, rest })
  },
  write: (address: SyslogAddress) =>
    address.transport === 'unix'
      ? `unix://${address.path}`
      : `${address.transport}://${bracketed(address.host)}:${address.port}`,
  schema: () => ({ type: 'string', pattern: '^(udp|tcp|unix)://.+' }),
}

/** Gunicorn's `#stream` and `#dgram`; it takes datagrams by itself. */
function readPath(value: unknown, rest: string): Reading {
  const [, path = '', kind = 'stream'] = /^(.*?)(?:#(stream|dgram))?$/s.exec(rest) ?? []
  if (path === '' || path.includes('\0')) return refuse(value, 'an address of syslog', mend)
  if (kind === 'stream' && path !== '/dev/log') return accept({ transport: 'unix', path })
  return {
    ok: false,
    message: `${path} is a socket of datagrams, which Node cannot write to.`,
    mend: 'Under systemd stderr goes to the journal by itself (--log-file -). Otherwise let the syslog server listen on UDP (imudp of rsyslog) and give udp://localhost:514.',
  }
}

function readHost(
  value: unknown,
  { transport, rest }: { readonly transport: string; readonly rest: string },
): Reading {
  try {
    const address = parseAddress(/:\d+$/.test(rest) ? rest : `${rest}:${standardPort}`)
    if (address.type === 'tcp' && address.port > 0 && !rest.startsWith(':'))
      return accept({ transport, host: address.host, port: address.port })
  } catch (error) {
    if (!isNunicornError(error)) throw error
  }
  return refuse(value, 'an address of syslog', mend)
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
