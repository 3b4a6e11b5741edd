import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'

import { describe, expect, it, vi } from 'vitest'

import { type LogOptions, openLog } from '../src/index.ts'
import type { SyslogAddress } from '../src/syslog/address.ts'
import { syslogMessage } from '../src/syslog/message.ts'

const at = Date.UTC(2026, 10, 23, 20, 40)
const origin = { facility: 'local7', hostname: 'web 1', appName: 'nunicorn.shop' } as const

describe('syslogMessage', () => {
  it.each([
    ['critical', 23 * 8 + 2],
    ['error', 23 * 8 + 3],
    ['warning', 23 * 8 + 4],
    ['info', 23 * 8 + 6],
    ['debug', 23 * 8 + 7],
  ] as const)(
    'has the priority of %s, and nothing in its head that RFC 5424 forbids',
    (level, priority) => {
      const record = { level, message: '', at, pid: 77, fields: {} }
      expect(syslogMessage(record, 'grüße', origin)).toBe(
        `<${priority}>1 2026-11-23T20:40:00.000Z web_1 nunicorn.shop 77 - - grüße`,
      )
    },
  )

  it.each([
    ['kern', 6],
    ['user', 14],
    ['ftp', 94],
    ['local0', 134],
  ] as const)('knows the number of %s', (facility, priority) => {
    const record = { level: 'info', message: '', at, pid: 1, fields: {} } as const
    expect(syslogMessage(record, '', { ...origin, facility })).toMatch(`<${priority}>1 `)
  })
})

/** A syslog server of datagrams. */
async function listenUdp(): Promise<AsyncDisposable & { to: SyslogAddress; received: string[] }> {
  const socket = createSocket('udp4')
  const received: string[] = []
  socket.on('message', (message) => received.push(message.toString()))
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    to: { transport: 'udp', host: '127.0.0.1', port: socket.address().port },
    received,
    async [Symbol.asyncDispose]() {
      socket.close()
      await once(socket, 'close')
    },
  }
}

interface StreamServer extends AsyncDisposable {
  readonly server: Server
  readonly received: readonly string[]
  readonly sockets: ReadonlySet<Socket>
}

/** A syslog server that takes frames with octet counts (RFC 6587). */
async function listenStream(
  where: { port: number; host: string } | { path: string },
): Promise<StreamServer> {
  const received: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let rest = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk])
      for (;;) {
        const [head, count] = /^(\d+) /.exec(rest.toString('latin1')) ?? []
        const from = head?.length ?? 0
        const end = from + Number(count)
        if (head === undefined || rest.length < end) return
        received.push(rest.subarray(from, end).toString())
        rest = rest.subarray(end)
      }
    })
  }).listen(where)
  await once(server, 'listening')
  return {
    server,
    received,
    sockets,
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}

async function open(
  to: SyslogAddress,
  format: LogOptions['format'] = 'pretty',
): ReturnType<typeof openLog> {
  const options = { level: 'info', format, file: '-' } as const
  const syslog = { to, facility: 'user', appName: 'nunicorn' } as const
  return await openLog({ ...options, syslog }, { stderr, now: () => at })
}

const stderr = new PassThrough().setEncoding('utf8').resume()

describe('a log that goes to syslog as well', () => {
  it('sends each entry as a datagram, and has sent all when it is closed', async () => {
    await using server = await listenUdp()
    const log = await open(server.to)
    log.logger.info('one')
    log.logger.error('two\nlines', { pid: 99 })
    log.logger.debug('too unimportant')
    await log.close()
    await vi.waitFor(() => expect(server.received).toHaveLength(2))
    const [first, second] = server.received
    expect(first).toMatch(/^<14>1 2026-11-23T20:40:00\.000Z \S+ nunicorn \d+ - - one$/)
    expect(second).toMatch(/^<11>1 \S+ \S+ nunicorn 99 - - two\nlines$/)
  })

  it('sends the JSON that the file gets', async () => {
    await using server = await listenUdp()
    const log = await open(server.to, 'json')
    log.logger.info('one', { slot: 3 })
    await log.close()
    await vi.waitFor(() => expect(server.received).toHaveLength(1))
    const [, json = ''] = / - - (.*)$/.exec(server.received[0] ?? '') ?? []
    expect(JSON.parse(json)).toMatchObject({ level: 'info', msg: 'one', slot: 3 })
  })

  it('cuts a datagram that no server would take, between two characters', async () => {
    await using server = await listenUdp()
    const log = await open(server.to)
    log.logger.info('ü'.repeat(100_000))
    await log.close()
    await vi.waitFor(() => expect(server.received).toHaveLength(1))
    expect(server.received[0]).toMatch(/ü$/)
    expect(Buffer.byteLength(server.received[0] ?? '')).toBeGreaterThan(8_190)
  })

  it('frames what goes over TCP, and has sent all when it is closed', async () => {
    await using server = await listenStream({ port: 0, host: '127.0.0.1' })
    const { port } = server.server.address() as AddressInfo
    const log = await open({ transport: 'tcp', host: '127.0.0.1', port })
    for (let count = 0; count < 1_000; count += 1) log.logger.info(`line ${count}\nof two`)
    await log.close()
    await vi.waitFor(() => expect(server.received).toHaveLength(1_000))
    expect(server.received.at(-1)).toMatch(/ - - line 999\nof two$/)
  })

  it('reaches a Unix socket of streams', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nunicorn-syslog-'))
    const path = join(folder, 'log')
    {
      await using server = await listenStream({ path })
      const log = await open({ transport: 'unix', path })
      log.logger.info('hello')
      await log.close()
      await vi.waitFor(() => expect(server.received).toHaveLength(1))
    }
    rmSync(folder, { recursive: true })
  })

  it('keeps what it can while the server is away, and says when that begins and ends', async () => {
    let said = ''
    stderr.on('data', (text: string) => (said += text))
    const folder = mkdtempSync(join(tmpdir(), 'nunicorn-syslog-'))
    const path = join(folder, 'log')
    const log = await open({ transport: 'unix', path })
    log.logger.info('kept')
    await vi.waitFor(() => expect(said).toContain(`Syslog cannot be reached at unix://${path}`))
    // More than is kept: one megabyte.
    for (let count = 0; count < 300; count += 1) log.logger.info('x'.repeat(10_000))
    {
      await using server = await listenStream({ path })
      await vi.waitFor(() => expect(server.received.length).toBeGreaterThan(50), { timeout: 5_000 })
      expect(server.received[0]).toMatch(/ - - kept$/)
      await vi.waitFor(() =>
        expect(said).toMatch(/Syslog can be reached again; \d\d+ messages were lost/),
      )
      log.logger.info('after')
      await log.close()
      await vi.waitFor(() => expect(server.received.at(-1)).toMatch(/ - - after$/))
    }
    expect(said.split('Syslog cannot be reached').length).toBe(2)
    rmSync(folder, { recursive: true })
  })

  it('does not wait for a server that is away when it is closed', async () => {
    const log = await open({ transport: 'tcp', host: '127.0.0.1', port: 1 })
    log.logger.info('lost')
    const from = performance.now()
    await log.close()
    expect(performance.now() - from).toBeLessThan(2_000)
  })
})
