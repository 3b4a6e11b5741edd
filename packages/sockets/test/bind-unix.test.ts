import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join, relative } from 'node:path'

import { describe, expect, it } from 'vitest'

import { type Address, bindListener } from '../src/index.ts'
import { open } from './client.ts'
import { createFolder } from './folder.ts'

const options = { slots: 2, reusePort: true }
const at = (path: string): Address => ({ type: 'unix', path })

describe('bindListener for Unix sockets', () => {
  it('makes a socket file that every slot shares, and removes it when closed', async () => {
    await using folder = await createFolder()
    const path = join(folder.path, 'app.sock')
    const listener = await bindListener(at(path), options)
    expect(lstatSync(path).isSocket()).toBe(true)
    expect(listener.handle(0)).toBe(listener.handle(1))
    listener.grow(3)
    expect([listener.address, listener.shared, listener.slots]).toEqual([at(path), true, 3])
    await listener.close()
    await listener.close()
    expect(readdirSync(folder.path)).toEqual([])
  })

  it('makes a relative path absolute, so that a later chdir changes nothing', async () => {
    await using folder = await createFolder()
    const path = join(folder.path, 'app.sock')
    await using listener = await bindListener(at(relative('', path)), options)
    expect(listener.address).toEqual(at(path))
  })

  it('gives the file the permissions that the umask leaves, or those that are asked for', async () => {
    await using folder = await createFolder()
    const [plain, special] = [join(folder.path, 'plain'), join(folder.path, 'special')]
    await using _plain = await bindListener(at(plain), options)
    await using _special = await bindListener(at(special), { ...options, mode: 0o620 })
    expect(lstatSync(plain).mode & 0o777).toBe(0o777 & ~process.umask())
    expect(lstatSync(special).mode & 0o777).toBe(0o620)
  })

  it('refuses the socket of a live server, which goes on', async () => {
    await using folder = await createFolder()
    const path = join(folder.path, 'app.sock')
    await using server = createServer((socket) => socket.end())
    await once(server.listen(path), 'listening')
    await expect(bindListener(at(path), options)).rejects.toMatchObject({ code: 'address-in-use' })
    await using _socket = await open(at(path))
  })

  it.skipIf(process.platform !== 'linux')(
    'refuses the socket of another nunicorn that does not listen yet, by any name',
    async () => {
      await using folder = await createFolder()
      const path = join(folder.path, 'app.sock')
      await using _first = await bindListener(at(path), options)
      symlinkSync(folder.path, join(folder.path, 'link'))
      await expect(
        bindListener(at(join(folder.path, 'link', 'app.sock')), options),
      ).rejects.toMatchObject({ code: 'address-in-use' })
      expect(lstatSync(path).isSocket()).toBe(true)
    },
  )

  it('replaces the socket of a dead server', async () => {
    await using folder = await createFolder()
    const path = join(folder.path, 'app.sock')
    spawnSync(process.execPath, [
      '-e',
      `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 9))`,
      path,
    ])
    const dead = lstatSync(path)
    expect(dead.isSocket()).toBe(true)
    await using _listener = await bindListener(at(path), options)
    expect(lstatSync(path).ctimeMs).toBeGreaterThan(dead.ctimeMs)
  })

  it('never replaces a file, a folder or a link', async () => {
    await using folder = await createFolder()
    const [file, directory, link] = ['file', 'directory', 'link'].map((name) =>
      join(folder.path, name),
    ) as [string, string, string]
    writeFileSync(file, 'precious')
    mkdirSync(directory)
    symlinkSync('nowhere', link)
    for (const path of [file, directory, link]) {
      await expect(bindListener(at(path), options)).rejects.toMatchObject({ code: 'not-a-socket' })
    }
    expect(readFileSync(file, 'utf8')).toBe('precious')
    expect(readdirSync(folder.path).toSorted()).toEqual(['directory', 'file', 'link'])
  })

  it('knows whether its file is still there', async () => {
    await using folder = await createFolder()
    const path = join(folder.path, 'app.sock')
    await using listener = await bindListener(at(path), options)
    expect(listener.isReachable()).toBe(true)
    renameSync(path, `${path}.away`)
    expect(listener.isReachable()).toBe(false)
    writeFileSync(path, '')
    expect(listener.isReachable()).toBe(false)
    renameSync(`${path}.away`, path)
    expect(listener.isReachable()).toBe(true)
  })

  it('leaves a file alone that has replaced its own', async () => {
    await using folder = await createFolder()
    const path = join(folder.path, 'app.sock')
    const listener = await bindListener(at(path), options)
    renameSync(path, join(folder.path, 'moved'))
    writeFileSync(path, 'of somebody else')
    await listener.close()
    expect(readFileSync(path, 'utf8')).toBe('of somebody else')
  })

  it('closes when its file is already gone', async () => {
    await using folder = await createFolder()
    const path = join(folder.path, 'app.sock')
    const listener = await bindListener(at(path), options)
    rmSync(path)
    await listener.close()
    await using _again = await bindListener(at(path), options)
  })

  it('refuses a path in a folder that does not exist', async () => {
    await using folder = await createFolder()
    await expect(
      bindListener(at(join(folder.path, 'missing', 'app.sock')), options),
    ).rejects.toMatchObject({ code: 'no-such-directory' })
  })

  it('refuses a path that the kernel cannot hold, rather than cutting it', async () => {
    await using folder = await createFolder()
    await expect(
      bindListener(at(join(folder.path, 'x'.repeat(100))), options),
    ).rejects.toMatchObject({ code: 'path-too-long' })
    expect(readdirSync(folder.path)).toEqual([])
  })
})
