import { readFileSync } from 'node:fs'

/** How often a listen queue of this network namespace has been full since the boot (`nstat -az TcpExtListenOverflows`). */
export function listenOverflows(): number {
  const [names = '', values = ''] = readFileSync('/proc/net/netstat', 'latin1')
    .split('\n')
    .filter((line) => line.startsWith('TcpExt:'))
  return Number(values.split(' ')[names.split(' ').indexOf('ListenOverflows')])
}
