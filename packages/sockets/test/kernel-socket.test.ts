import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { kernelSocket } from '../src/kernel-socket.ts'
import { createFolder } from './folder.ts'

describe.skipIf(process.platform !== 'linux')('kernelSocket', () => {
  it.each([
    ['127.0.0.1', (port: number) => `127.0.0.1:${port}`],
    ['::1', (port: number) => `[::1]:${port}`],
  ])('knows a listening TCP socket at %s, and where it listens', async (host, shown) => {
    await using server = createServer()
    await once(server.listen(0, host), 'listening')
    const { port } = server.address() as AddressInfo
    expect(kernelSocket(fdOf(server))).toEqual({
      family: 'tcp',
      type: 'stream',
      address: shown(port),
      state: 'listening',
    })
  })

  it('knows the socket of a connection', async () => {
    await using server = createServer()
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    await once(socket, 'connect')
    expect(kernelSocket(fdOf(socket))).toMatchObject({ family: 'tcp', state: 'connected' })
    socket.destroy()
  })

  it('knows a Unix socket, and its path with a space in it', async () => {
    await using folder = await createFolder()
    await using server = createServer()
    const path = join(folder.path, 'a b.sock')
    await once(server.listen(path), 'listening')
    const expected = { family: 'unix', type: 'stream', address: path, state: 'listening' }
    expect(kernelSocket(fdOf(server))).toEqual(expected)
  })

  it('knows an abstract Unix socket', async () => {
    await using server = createServer()
    await once(server.listen(`\0nunicorn-test-${process.pid}`), 'listening')
    expect(kernelSocket(fdOf(server))?.address).toBe(`@nunicorn-test-${process.pid}`)
  })

  it('knows a UDP socket', async () => {
    await using socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const { fd } = (socket as unknown as Record<symbol, { handle: { fd: number } }>)[
      Object.getOwnPropertySymbols(socket).find(
        ({ description }) => description === 'state symbol',
      ) ?? Symbol('none')
    ]?.handle ?? { fd: -1 }
    expect(kernelSocket(fd)).toMatchObject({ family: 'udp', type: 'datagram' })
  })

  it('knows nothing of a file, nor of what is not open', () => {
    const file = openSync(import.meta.filename, 'r')
    expect(kernelSocket(file)).toBeUndefined()
    closeSync(file)
    expect(kernelSocket(file)).toBeUndefined()
  })
})

function fdOf(holder: object): number {
  return (holder as { _handle: { fd: number } })._handle.fd
}
