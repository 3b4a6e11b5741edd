import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { bindListener, parseAddress } from '../src/index.ts'
import { execArgv } from './worker.ts'

const onLinux = process.platform === 'linux'
const options = { slots: 2, reusePort: true }
const anyPort = parseAddress('127.0.0.1:0')

describe('bindListener for TCP', () => {
  it('binds the port that the kernel chose for port 0, and says which', async () => {
    await using listener = await bindListener(anyPort, options)
    expect(listener.address).toEqual({
      type: 'tcp',
      host: '127.0.0.1',
      port: expect.toSatisfy((port: number) => port > 0),
    })
  })

  it.skipIf(!onLinux)(
    'binds a socket of its own for each slot, and more when it grows',
    async () => {
      await using listener = await bindListener(anyPort, options)
      const before = [listener.handle(0), listener.handle(1)]
      expect(() => listener.handle(2)).toThrow('there is no slot 2')
      listener.grow(4)
      listener.grow(3)
      const handles = [0, 1, 2, 3].map((slot) => listener.handle(slot))
      expect(handles.slice(0, 2)).toEqual(before)
      expect(new Set(handles.map((handle) => handle.fd)).size).toBe(4)
      expect([listener.shared, listener.slots]).toEqual([false, 4])
    },
  )

  it('binds one socket for every slot when it may not use SO_REUSEPORT', async () => {
    await using listener = await bindListener(anyPort, { slots: 2, reusePort: false })
    listener.grow(3)
    expect(new Set([0, 1, 2].map((slot) => listener.handle(slot))).size).toBe(1)
    expect([listener.shared, listener.slots]).toEqual([true, 3])
  })

  it.each(['[::1]:0', 'localhost:0', ':0'])('binds %s', async (text) => {
    await using listener = await bindListener(parseAddress(text), options)
    expect(listener.address).toMatchObject({ host: (parseAddress(text) as { host: string }).host })
  })

  it('refuses a port on which another server listens', async () => {
    await using server = createServer()
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const code = 'address-in-use'
    await expect(
      bindListener({ type: 'tcp', host: '127.0.0.1', port }, options),
    ).rejects.toMatchObject({ code })
    await expect(
      bindListener({ type: 'tcp', host: '0.0.0.0', port }, options),
    ).rejects.toMatchObject({ code })
  })

  it.skipIf(!onLinux)('refuses a port that another server of this user would share', async () => {
    await using server = createServer()
    await once(server.listen({ port: 0, host: '127.0.0.1', reusePort: true }), 'listening')
    const { port } = server.address() as AddressInfo
    await expect(
      bindListener({ type: 'tcp', host: '127.0.0.1', port }, options),
    ).rejects.toMatchObject({ code: 'address-in-use' })
  })

  it.each([true, false])(
    'refuses a port that another nunicorn has bound, even before it listens (reusePort: %s)',
    async (reusePort) => {
      await using first = await bindListener(anyPort, options)
      await expect(bindListener(first.address, { slots: 2, reusePort })).rejects.toMatchObject({
        code: 'address-in-use',
      })
    },
  )

  it('leaves nothing open when it fails or is closed', async () => {
    const first = await bindListener(anyPort, options)
    await expect(bindListener(first.address, options)).rejects.toThrow(
      'it is in use by another server',
    )
    await first.close()
    await first.close()
    await using again = await bindListener(first.address, options)
    expect(again.address).toEqual(first.address)
  })

  it('refuses an address that this machine does not have', async () => {
    // RFC 5737: never assigned to anybody.
    await expect(bindListener(parseAddress('192.0.2.1:0'), options)).rejects.toMatchObject({
      code: 'address-not-available',
    })
  })

  it('refuses a host name that does not exist', async () => {
    // A label of 64 letters is too long for a query, so none leaves this machine.
    await expect(
      bindListener(parseAddress(`${'x'.repeat(64)}.test:0`), options),
    ).rejects.toMatchObject({ code: 'host-not-found' })
  })

  it.skipIf(!onLinux || lowestFreePort() === 0)(
    'refuses a privileged port to an unprivileged user, and says what to do',
    () => {
      const file = fileURLToPath(new URL('fixtures/bind.ts', import.meta.url))
      const output = execFileSync(
        process.execPath,
        [...execArgv, file, `127.0.0.1:${lowestFreePort() - 1}`],
        { encoding: 'utf8' },
      )
      expect(JSON.parse(output)).toEqual([
        'address-denied',
        expect.stringContaining('127.0.0.1:'),
        expect.stringContaining('setcap'),
      ])
    },
  )
})

function lowestFreePort(): number {
  return onLinux
    ? Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'))
    : 1024
}
