import { once } from 'node:events'
import { connect, createServer } from 'node:net'

import { describe, expect, it } from 'vitest'

import { acceptorOf, inodeOf } from '../../src/program/acceptor.ts'

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F40 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:C350 0100007F:1F40 01 00000000:00000000 00:00000000 00000000     0        0 333 1 0000000000000000 20 4 30 10 -1
`

describe('the one who has accepted a connection', () => {
  it('is found by the inode of its end', () => {
    expect(inodeOf(table, { local: 8_000, remote: 50_000 })).toBe('222')
    expect(inodeOf(table, { local: 50_000, remote: 8_000 })).toBe('333')
    expect(inodeOf(table, { local: 8_000, remote: 50_001 })).toBeUndefined()
  })

  it.runIf(process.platform === 'linux')(
    'is this process, or another than the one asked for',
    async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as { port: number }
      const client = connect(port, '127.0.0.1')
      const [accepted] = await once(server, 'connection')
      try {
        if (client.connecting) await once(client, 'connect')
        expect(acceptorOf(client, process.pid)).toBe('program')
        expect(acceptorOf(client, process.ppid)).toBe('program')
        expect(acceptorOf(client, 2 ** 30)).toBe('another')
      } finally {
        client.destroy()
        accepted.destroy()
        server.close()
      }
    },
  )
})
