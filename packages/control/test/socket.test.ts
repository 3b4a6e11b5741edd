import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'

import { describe, expect, it, onTestFinished, vi } from 'vitest'

import { findInstances, pathsForPidFile } from '../src/instances.ts'
import { openControlSocket, type SocketOptions } from '../src/socket.ts'
import { temporaryFolder } from './folder.ts'
import { connectRaw, startServer } from './scene.ts'

const own = `nunicorn/${process.pid}.ctl`

function open(options: Partial<SocketOptions>): ReturnType<typeof openControlSocket> {
  return openControlSocket({
    path: undefined,
    pidFile: undefined,
    env: {},
    onConnection: (socket) => socket.end(),
    ...options,
  })
}

describe('the control socket', () => {
  it('is in a folder of its own in the runtime folder, for this user only, and goes with us', async () => {
    using folder = temporaryFolder()
    {
      await using socket = await open({ env: { XDG_RUNTIME_DIR: folder.path() } })
      expect(socket?.path).toBe(folder.path(own))
      expect(lstatSync(folder.path(own)).mode & 0o777).toBe(0o600)
      expect(lstatSync(folder.path('nunicorn')).mode & 0o777).toBe(0o700)
      await using _client = await connectRaw(folder.path(own))
    }
    expect(readdirSync(folder.path('nunicorn'))).toEqual([])
  })

  it('is beside the pid file where there is one, and is found by it and in the runtime folder', async () => {
    using folder = temporaryFolder()
    const env = { XDG_RUNTIME_DIR: folder.path() }
    const pidFile = folder.path('shop.pid')
    writeFileSync(pidFile, `${process.pid}\n`)
    await using socket = await open({ env, pidFile })
    expect(socket?.path).toBe(folder.path('shop.ctl'))
    expect(await pathsForPidFile(pidFile, env)).toEqual(
      expect.arrayContaining([folder.path('shop.ctl'), folder.path(own)]),
    )
    expect(realpathSync(folder.path(own))).toBe(realpathSync(folder.path('shop.ctl')))
    await socket?.close()
    expect(readdirSync(folder.path('nunicorn'))).toEqual([])
    expect(readdirSync(folder.path()).toSorted()).toEqual(['nunicorn', 'shop.pid'])
  })

  it('is where it was told to, or not at all', async () => {
    using folder = temporaryFolder()
    const env = { XDG_RUNTIME_DIR: folder.path() }
    await using socket = await open({ env, path: folder.path('x.sock') })
    expect(socket?.path).toBe(folder.path('x.sock'))
    expect(await open({ env, path: false })).toBeUndefined()
  })

  it('replaces one that was left behind, and never takes that of a live instance', async () => {
    using folder = temporaryFolder()
    const path = folder.path('x.sock')
    spawnSync(process.execPath, [
      '-e',
      `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 9))`,
      path,
    ])
    expect(lstatSync(path).isSocket()).toBe(true)
    await using _socket = await open({ path })
    await expect(open({ path })).rejects.toMatchObject({ code: 'address-in-use' })
    await using client = await connectRaw(path)
    expect(client.socket.destroyed).toBe(false)
  })

  it('goes to one of several that want it at the same moment', async () => {
    using folder = temporaryFolder()
    for (let round = 0; round < 20; round += 1) {
      const path = folder.path(`${round}.sock`)
      const ends = await Promise.allSettled(Array.from({ length: 5 }, () => open({ path })))
      const won = ends.filter(({ status }) => status === 'fulfilled')
      expect(won).toHaveLength(1)
      await using _client = await connectRaw(path)
      for (const end of ends) if (end.status === 'fulfilled') await end.value?.close()
    }
  })

  it('leaves the name of a live one alone that has our pid, as in another container', async () => {
    using folder = temporaryFolder()
    const env = { XDG_RUNTIME_DIR: folder.path() }
    await using theirs = await open({ env })
    expect(theirs?.path).toBe(folder.path(own))
    await using ours = await open({ env, path: folder.path('x.sock') })
    expect(ours?.path).toBe(folder.path('x.sock'))
    expect(lstatSync(folder.path(own)).isSocket()).toBe(true)
    await using _client = await connectRaw(folder.path(own))
  })

  it.each([
    ['of its own', undefined],
    ['elsewhere', 'x.sock'],
  ])('%s replaces the link that one with our pid has left behind', async (_, path) => {
    using folder = temporaryFolder()
    mkdirSync(folder.path('nunicorn'), { mode: 0o700 })
    symlinkSync(folder.path('gone.sock'), folder.path(own))
    const env = { XDG_RUNTIME_DIR: folder.path() }
    await using _socket = await open({ env, path: path && folder.path(path) })
    await using _client = await connectRaw(folder.path(own))
  })

  it('that somebody else has replaced is left to him', async () => {
    using folder = temporaryFolder()
    const path = folder.path('x.sock')
    const socket = await open({ path })
    spawnSync('rm', [path])
    const other = createServer()
    await once(other.listen(path), 'listening')
    await socket?.close()
    expect(lstatSync(path).isSocket()).toBe(true)
    other.close()
  })

  it('is done without, in silence, where there is no place for it', async () => {
    using folder = temporaryFolder()
    writeFileSync(folder.path('file'), '')
    const tmpdir = process.env['TMPDIR']
    process.env['TMPDIR'] = folder.path('file')
    try {
      const env = { XDG_RUNTIME_DIR: folder.path('nowhere') }
      expect(await open({ env })).toBeUndefined()
      expect(await open({ env, pidFile: folder.path('x'.repeat(120)) })).toBeUndefined()
    } finally {
      if (tmpdir === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = tmpdir
    }
  })

  it.each([
    ['open to others', (path: string) => (mkdirSync(path), chmodSync(path, 0o777))],
    ['a link', (path: string) => symlinkSync('/tmp', path)],
  ])('is not put into a folder that is %s', async (_, make) => {
    using folder = temporaryFolder()
    make(folder.path('nunicorn'))
    await using socket = await open({ env: { XDG_RUNTIME_DIR: folder.path() } })
    expect(socket?.path.startsWith(folder.path())).not.toBe(true)
  })

  it.each([
    ['too long', (folder: string) => `${folder}/${'x'.repeat(100)}`, 'path-too-long', /107 bytes/],
    ['nowhere', () => '/nowhere/x.ctl', 'no-such-directory', /does not exist/],
    ['a file', (folder: string) => `${folder}/file`, 'not-a-socket', /not a stream socket/],
  ])(
    'that was told to be at a path that is %s says so, and how to do without',
    async (_, at, code, says) => {
      using folder = temporaryFolder()
      writeFileSync(folder.path('file'), 'precious')
      await expect(open({ path: at(folder.path()) })).rejects.toMatchObject({
        code,
        message: expect.stringMatching(says),
        hint: expect.stringMatching(/--control-socket=false/),
      })
    },
  )
})

describe('findInstances', () => {
  it('believes nobody in a folder that others may write to', async () => {
    using folder = temporaryFolder()
    mkdirSync(folder.path('nunicorn'))
    chmodSync(folder.path('nunicorn'), 0o777)
    await using scene = await startServer({
      status: () => ({ pid: 7, name: 'shop', startedAt: 1 }) as never,
    })
    symlinkSync(scene.path, folder.path('nunicorn/7.ctl'))
    const found = await findInstances({ XDG_RUNTIME_DIR: folder.path() })
    expect(found.filter(({ path }) => path.startsWith(folder.path()))).toEqual([])
  })

  it('finds those that answer, once each, and passes over what was left behind', async () => {
    using folder = temporaryFolder()
    mkdirSync(folder.path('nunicorn'), { mode: 0o700 })
    await using scene = await startServer({
      status: () => ({ pid: 7, name: 'shop', startedAt: 1 }) as never,
    })
    for (const name of ['7.ctl', '8.ctl']) symlinkSync(scene.path, folder.path(`nunicorn/${name}`))
    symlinkSync('/nowhere', folder.path('nunicorn/9.ctl'))
    writeFileSync(folder.path('nunicorn/notes.txt'), '')
    const found = await findInstances({ XDG_RUNTIME_DIR: folder.path() })
    expect(found.filter(({ path }) => path.startsWith(folder.path()))).toMatchObject([
      { status: { pid: 7, name: 'shop' } },
    ])
  })

  it('prefers of two names the one that is the pid', async () => {
    using folder = temporaryFolder()
    mkdirSync(folder.path('nunicorn'), { mode: 0o700 })
    await using scene = await startServer({ status: () => ({ pid: 7, startedAt: 1 }) as never })
    for (const name of ['1.ctl', '7.ctl', '8.ctl'])
      symlinkSync(scene.path, folder.path(`nunicorn/${name}`))
    const found = await findInstances({ XDG_RUNTIME_DIR: folder.path() })
    const paths = found.map(({ path }) => path).filter((path) => path.startsWith(folder.path()))
    expect(paths).toEqual([folder.path('nunicorn/7.ctl')])
  })

  it.skipIf(process.getuid?.() !== 0)(
    'shows root the instance of each user, whatever pid that of another says it has',
    async () => {
      using folder = temporaryFolder()
      vi.stubEnv('TMPDIR', folder.path())
      onTestFinished(() => void vi.unstubAllEnvs())
      await using scene = await startServer({ status: () => ({ pid: 7, startedAt: 1 }) as never })
      const paths = [54_321, 54_322].map((user) => {
        const theirs = folder.path(`nunicorn-${user}`)
        mkdirSync(theirs, { mode: 0o700 })
        symlinkSync(scene.path, `${theirs}/7.ctl`)
        chownSync(theirs, user, user)
        return `${theirs}/7.ctl`
      })
      const found = await findInstances({ XDG_RUNTIME_DIR: folder.path() })
      expect(found.map(({ path }) => path)).toEqual(expect.arrayContaining(paths))
    },
  )
})
