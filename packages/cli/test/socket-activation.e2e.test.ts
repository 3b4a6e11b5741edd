import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync } from 'node:fs'
import { request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { text } from 'node:stream/consumers'

import { describe, expect, it } from 'vitest'

import { appSource } from './support/app.ts'
import { answered, expectNoFailure, loadOf } from './support/load.ts'
import { type Nunicorn, startNunicorn } from './support/nunicorn.ts'
import { passing } from './support/pass-sockets.ts'
import { createProject, type Project } from './support/project.ts'

/** Says what of the environment could make a child believe that sockets were passed to it. */
const environmentApp = `
export default (request, response) => {
  const names = Object.keys(process.env).filter((name) => /^(LISTEN_|NOTIFY_|WATCHDOG_)/.test(name))
  response.end(JSON.stringify({ names, pid: process.pid }))
}
`

interface Target {
  readonly host?: string
  readonly port?: number
  readonly socketPath?: string
}

async function ask(target: Target): Promise<string> {
  const asked = request({ ...target, agent: false }).end()
  const [response] = await once(asked, 'response')
  return await text(response)
}

/** Where the sockets are that pass-sockets.py has opened. */
async function passed(nunicorn: Nunicorn): Promise<readonly Target[]> {
  const [, list = ''] = await nunicorn.log.waitFor(/^Passed: (.*)$/)
  return list.split(' ').map((where) => {
    const [, host = '', port] = /^([^/]*):(\d+)$/.exec(where) ?? []
    return port === undefined ? { socketPath: where } : { host, port: Number(port) }
  })
}

function start(project: Project, sockets: readonly string[], ...args: readonly string[]): Nunicorn {
  return startNunicorn({
    directory: project.directory,
    args: ['app.mjs', '-w', '2', ...args],
    wrapper: passing(...sockets),
  })
}

describe('a socket that was passed', () => {
  it('is served by its name, and says where it is', async () => {
    await using project = await createProject({ 'app.mjs': environmentApp })
    await using nunicorn = start(project, ['web=tcp:127.0.0.1:0'], '--bind', 'fd://web')
    const [target] = await passed(nunicorn)
    expect(await nunicorn.address()).toEqual(target)
    expect(JSON.parse(await ask(target ?? {}))).toEqual({
      names: [],
      pid: expect.toSatisfy((pid: number) => nunicorn.workers().includes(pid)),
    })
  })

  it('is served by its number, also without LISTEN_FDS, as in Gunicorn', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(
      project,
      ['a=tcp:127.0.0.1:0', 'b=tcp:127.0.0.1:0', 'stranger'],
      '--bind',
      'fd://4',
    )
    const [, second] = await passed(nunicorn)
    expect(await nunicorn.address()).toEqual(second)
    expect(await ask(second ?? {})).toBe('ok')
  })

  it('answers whoever has connected before anything was ready', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, ['web=tcp:127.0.0.1:0'])
    const [target = {}] = await passed(nunicorn)
    const answers = await Promise.all(Array.from({ length: 30 }, () => ask(target)))
    expect(new Set(answers)).toEqual(new Set(['ok']))
  })

  it('is kept over reloads under load, and no request fails', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, ['web=tcp:127.0.0.1:0'], '--soak', '200ms')
    await nunicorn.ready(2)
    await using load = await loadOf(nunicorn)
    await answered(load, 100)
    for (const generation of [2, 3]) {
      nunicorn.signal('SIGHUP')
      await nunicorn.log.waitFor(new RegExp(`all workers are of generation ${generation}`))
      await answered(load, 100)
    }
    expectNoFailure(await load.stop())
  })

  it('is there again after reloads that gave it up', async () => {
    const config = (bind: string): string => JSON.stringify({ bind, soak: 0, workers: 1 })
    await using project = await createProject({
      'app.mjs': appSource(),
      'nunicorn.config.json': config('fd://a'),
    })
    await using nunicorn = startNunicorn({
      directory: project.directory,
      args: ['app.mjs'],
      wrapper: passing('a=tcp:127.0.0.1:0', 'b=tcp:127.0.0.1:0'),
    })
    const [a = {}, b = {}] = await passed(nunicorn)
    expect(await ask(a)).toBe('ok')
    const binds = ['fd://b', 'fd://nothing', 'fd://a']
    for (const [index, bind] of binds.entries()) {
      await project.write('nunicorn.config.json', config(bind))
      nunicorn.signal('SIGHUP')
      await nunicorn.log.waitFor(/Reloaded|ERROR.*no socket of that name/, { count: index + 1 })
      expect(await ask(bind === 'fd://a' ? a : b)).toBe('ok')
    }
  })

  it('of the Unix kind is served, and its file outlives the service', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    const path = project.path('app.sock')
    await using nunicorn = start(project, [`web=unix:${path}`], '--bind', 'fd://web')
    expect(await passed(nunicorn)).toEqual([{ socketPath: path }])
    expect(await ask({ socketPath: path })).toBe('ok')
    await nunicorn.log.waitFor(/Listening at: unix:\S+app\.sock/)
    nunicorn.signal('SIGTERM')
    expect(await nunicorn.exited).toBe(0)
    expect(lstatSync(path).isSocket()).toBe(true)
  })

  it('is one of several: a name stands for all that have it, and other addresses may stand beside', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    const path = project.path('app.sock')
    const sockets = ['web=tcp:127.0.0.1:0', 'web=tcp:127.0.0.1:0', `local=unix:${path}`]
    await using nunicorn = start(
      project,
      sockets,
      '-b',
      'fd://web',
      '-b',
      'fd://local',
      '-b',
      '127.0.0.1:0',
    )
    for (const target of await passed(nunicorn)) expect(await ask(target)).toBe('ok')
    const [, last = ''] = await nunicorn.log.waitFor(
      /Listening at: .*http:\/\/127\.0\.0\.1:(\d+) \(/,
    )
    expect(await ask({ host: '127.0.0.1', port: Number(last) })).toBe('ok')
  })

  it('takes the place of all addresses if none of them is fd://, and says which are ignored', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, ['web=tcp:127.0.0.1:0'], '-b', '192.0.2.1:9')
    const [target = {}] = await passed(nunicorn)
    await nunicorn.log.waitFor(/WARNING.*192\.0\.2\.1:9 is ignored.*fd:\/\/NAME/)
    expect(await ask(target)).toBe('ok')
  })

  it('that no address names is warned of', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    const sockets = ['web=tcp:127.0.0.1:0', 'old=tcp:127.0.0.1:0']
    await using nunicorn = start(project, sockets, '-b', 'fd://web')
    await nunicorn.log.waitFor(
      /WARNING.*fd 4 "old" \(tcp 127\.0\.0\.1:\d+, listening\).*no address/,
    )
  })

  it('to another process is not taken, which is said', async () => {
    await using project = await createProject({ 'app.mjs': environmentApp })
    const sockets = ['web=tcp:127.0.0.1:0', 'stranger']
    await using nunicorn = start(project, sockets, '-b', '127.0.0.1:0')
    await nunicorn.log.waitFor(/WARNING.*LISTEN_FDS is set, but meant for process 1 .*npx/)
    expect(JSON.parse(await ask(await nunicorn.address()))).toMatchObject({ names: [] })
  })
})

describe('a socket that cannot be used', () => {
  it.each([
    ['an unknown name', ['web=tcp:127.0.0.1:0'], 'fd://wep', /fd:\/\/wep: no socket of that name/],
    ['a datagram socket', ['web=udp'], 'fd://web', /it is a datagram socket/],
    ['a file', ['web=file'], 'fd://web', /it is no socket/],
    ['a number that is not open', ['web=tcp:127.0.0.1:0'], 'fd://77', /it is not open/],
    ['a datagram socket without fd://', ['web=udp'], '127.0.0.1:0', /it is a datagram socket/],
  ] as const)('ends the start with what was passed: %s', async (_, sockets, bind, why) => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, sockets, '-b', bind)
    expect(await nunicorn.exited).toBe(1)
    await nunicorn.closed
    const said = nunicorn.log.lines.at(-1) ?? ''
    expect(said).toMatch(why)
    expect(said).toMatch(/Passed to this process were fd 3 "web" \(/)
  })
})

describe.skipIf(!isThere('systemd-socket-activate'))('under systemd-socket-activate', () => {
  it.each(['tcp', 'unix'])('%s clients that wait before the start are answered', async (kind) => {
    await using project = await createProject({ 'app.mjs': appSource() })
    const path = project.path('app.sock')
    const port = await freePort()
    const address = kind === 'tcp' ? `127.0.0.1:${port}` : path
    const target = kind === 'tcp' ? { host: '127.0.0.1', port } : { socketPath: path }
    await using nunicorn = startNunicorn({
      directory: project.directory,
      args: ['app.mjs', '-w', '2', '-b', 'fd://web'],
      wrapper: ['systemd-socket-activate', '--listen', address, '--fdname=web'],
    })
    await nunicorn.log.waitFor(/Listening on /)
    expect(nunicorn.log.lines.join()).not.toContain('Starting nunicorn')
    const answers = await Promise.all(Array.from({ length: 30 }, () => ask(target)))
    expect(new Set(answers)).toEqual(new Set(['ok']))
    nunicorn.signal('SIGTERM')
    expect(await nunicorn.exited).toBe(0)
  })
})

/** systemd-socket-activate takes no port 0. */
async function freePort(): Promise<number> {
  await using server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}

function isThere(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
