import type { Address } from '@nunicorn/sockets/address'

import { resolve } from 'node:path'

import { type Plan, socketName } from './plan.ts'
import { plainPath } from './quote.ts'

/** systemd opens the addresses and keeps them: over restarts, crashes and upgrades of the service clients only wait. */
export function socketUnit(
  { name, bind, backlog, socketGroup, place }: Plan,
  header: readonly string[],
): string {
  const hasFile = bind.some(({ type }) => type === 'unix')
  const lines = [
    ...header.map((line) => `# ${line}`),
    '',
    '[Unit]',
    `Description=Addresses of ${name}`,
    '',
    '[Socket]',
    ...bind.map((address) => `ListenStream=${listenStream(address, place.directory)}`),
    '# The name by which nunicorn takes them over: --bind fd://' + socketName,
    `FileDescriptorName=${socketName}`,
    `Backlog=${backlog}`,
    ...(hasFile ? fileLines(socketGroup) : []),
    '',
    '[Install]',
    'WantedBy=sockets.target',
  ]
  return `${lines.join('\n')}\n`
}

function fileLines(group: string | undefined): readonly string[] {
  const access =
    group === undefined
      ? [
          '# Every user of this machine may connect; --socket-group GROUP leaves it to one group.',
          'SocketMode=0666',
        ]
      : [`SocketGroup=${group}`, 'SocketMode=0660']
  return [...access, 'RemoveOnStop=yes']
}

function listenStream(address: Address, directory: string): string {
  if (address.type === 'unix') return plainPath(resolve(directory, address.path))
  if (address.type === 'inherited') throw new TypeError('a socket unit has to name the address')
  const { host, port } = address
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
