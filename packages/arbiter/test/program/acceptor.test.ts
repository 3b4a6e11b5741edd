import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { acceptorOf, inodesOf } from '../../src/program/acceptor.ts'

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F40 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:C350 0100007F:1F40 01 00000000:00000000 00:00000000 00000000     0        0 333 1 0000000000000000 20 4 30 10 -1
`

describe('the connections that a program has accepted', () => {
  it('are found by the port that they came to, and by the one that they came from', () => {
    expect(inodesOf(table, { port: 8_000 })).toEqual(['222'])
    expect(inodesOf(table, { port: 8_000, from: 50_000 })).toEqual(['222'])
    expect(inodesOf(table, { port: 8_000, from: 50_001 })).toEqual([])
    expect(inodesOf(table, { port: 50_000 })).toEqual(['333'])
  })

  it('are none while they wait in the queue: such have no inode', () => {
    expect(inodesOf(table.replace(' 222 ', ' 0 '), { port: 8_000 })).toEqual([])
  })

  it.runIf(process.platform === 'linux')('are found by the path of a Unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nunicorn-acceptor-'))
    const path = join(folder, 'a b.sock')
    const server = createServer().listen(path)
    await once(server, 'listening')
    const own = acceptorOf(process.pid)
    expect(own.has({ path })).toBe(false)
    const client = connect(path)
    const [accepted] = await once(server, 'connection')
    try {
      expect(own.has({ path })).toBe(true)
      expect(acceptorOf(process.pid).has({ path: `${path}x` })).toBe(false)
    } finally {
      client.destroy()
      accepted.destroy()
      server.close()
      rmSync(folder, { recursive: true })
    }
  })

  it.runIf(process.platform === 'linux')('are those of its own and of its children', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const [own, parent, none] = [process.pid, process.ppid, 2 ** 30].map(acceptorOf)
    expect(own?.has({ port })).toBe(false)
    const client = connect(port, '127.0.0.1')
    const [accepted] = await once(server, 'connection')
    try {
      if (client.connecting) await once(client, 'connect')
      expect(own?.has({ port })).toBe(true)
      expect(parent?.has({ port, from: client.localPort ?? 0 })).toBe(true)
      expect(none?.has({ port })).toBe(false)
      expect(acceptorOf(process.pid).has({ port, from: 1 })).toBe(false)
    } finally {
      client.destroy()
      accepted.destroy()
      server.close()
    }
  })
})
