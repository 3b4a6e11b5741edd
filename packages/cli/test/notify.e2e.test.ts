import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'

import { describe, expect, it } from 'vitest'

import { appSource } from './support/app.ts'
import { childrenOf, type Nunicorn, startNunicorn, titleOf } from './support/nunicorn.ts'
import { type NotifyReceiver, receiveNotifications } from './support/notify-receiver.ts'
import { passing } from './support/pass-sockets.ts'
import { createProject, type Project } from './support/project.ts'
import { until } from './support/until.ts'

const args = ['app.mjs', '-w', '2', '-b', '127.0.0.1:0', '--soak', '200ms']

/** Boots when the file `go` is there; `/hold` blocks the event loop until `go-on` is. */
const patientApp = `
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

while (!existsSync('go')) await sleep(10)

function hold() {
  const nothing = new Int32Array(new SharedArrayBuffer(4))
  while (!existsSync('go-on')) Atomics.wait(nothing, 0, 0, 10)
}

export default async (request, response) => {
  if (request.url === '/hold') hold()
  if (request.url === '/slow') {
    response.write('begun ')
    while (!existsSync('go-on')) await sleep(10)
  }
  const names = Object.keys(process.env).filter((name) => /^(LISTEN_|NOTIFY_|WATCHDOG_)/.test(name))
  response.end(names.join() || 'nothing')
}
`

interface Way {
  readonly name: string
  readonly path: (project: Project) => string
  start(
    project: Project,
    receiver: NotifyReceiver,
    env?: Readonly<Record<string, string>>,
    more?: readonly string[],
  ): Nunicorn
}

const viaDescriptor: Way = {
  name: 'a descriptor that was passed',
  path: (project) => project.path('notify.sock'),
  start: (project, { path }, env = {}, more = []) =>
    startNunicorn({
      directory: project.directory,
      args: [...args, ...more],
      env: { ...env, NOTIFY_SOCKET: path },
      wrapper: passing(`notify=connected:${path}`),
    }),
}

const viaCommand = (name: string, path: Way['path']): Way => ({
  name,
  path,
  start: (project, receiver, env = {}, more = []) =>
    startNunicorn({
      directory: project.directory,
      args: [...args, ...more],
      env: { ...env, NOTIFY_SOCKET: receiver.path },
    }),
})

const ways: readonly Way[] = [
  viaDescriptor,
  ...(isThere('systemd-notify')
    ? [
        viaCommand('systemd-notify', (project) => project.path('notify.sock')),
        viaCommand('systemd-notify, to an abstract address', () => `@nunicorn-test-${process.pid}`),
      ]
    : []),
]

describe.skipIf(!isThere('python3')).each(ways)('by $name, a service manager', (way) => {
  it('is told of READY when the first worker is, of a reload, and of STOPPING, in this order', async () => {
    await using project = await createProject({ 'app.mjs': patientApp })
    await using receiver = await receiveNotifications(way.path(project))
    const { messages } = receiver
    await using nunicorn = way.start(project, receiver)
    await messages.waitFor(/^STATUS=Booting, 0\/2 workers EXTEND_TIMEOUT_USEC=15000000$/)
    await until(
      () => childrenOf(nunicorn.pid).filter((pid) => /worker \d/.test(titleOf(pid))).length === 2,
    )
    expect(messages.lines.length).toBe(1)
    await project.write('go', '')
    await messages.waitFor(
      new RegExp(`^READY=1 MAINPID=${nunicorn.pid} STATUS=1/2 workers, generation 1`),
    )
    expect(await ask(nunicorn, '/')).toBe('nothing')
    await messages.waitFor(/STATUS=2\/2 workers, generation 1/)

    const before = monotonicUsec()
    nunicorn.signal('SIGHUP')
    const [, at = ''] = await messages.waitFor(/^RELOADING=1 MONOTONIC_USEC=(\d+) .*EXTEND_TIMEOUT/)
    expect(Number(at)).toBeGreaterThanOrEqual(before)
    expect(Number(at)).toBeLessThanOrEqual(monotonicUsec())
    await messages.waitFor(/^READY=1 STATUS=2\/2 workers, generation 2/)
    await nunicorn.log.waitFor(/Reloaded: all workers are of generation 2/)

    nunicorn.signal('SIGTERM')
    expect(await nunicorn.exited).toBe(0)
    await messages.waitFor(/^STOPPING=1 STATUS=Stopping.* EXTEND_TIMEOUT_USEC=15000000$/)
    const states = messages.lines.map((line) => /^(READY|RELOADING|STOPPING)=1/.exec(line)?.[1])
    expect(states.filter(Boolean)).toEqual(['READY', 'RELOADING', 'READY', 'STOPPING'])
    if (way === viaDescriptor) expect(new Set(receiver.senders)).toEqual(new Set([nunicorn.pid]))
  })

  it('is told that a failed reload is over, and why it failed', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using receiver = await receiveNotifications(way.path(project))
    await using nunicorn = way.start(project, receiver)
    await nunicorn.ready(2)
    await project.write('app.mjs', 'throw new Error("broken on purpose")')
    nunicorn.signal('SIGHUP')
    await receiver.messages.waitFor(/^RELOADING=1 /)
    await receiver.messages.waitFor(/^READY=1 /, { count: 2 })
    await receiver.messages.waitFor(
      /STATUS=2\/2 workers, generation 1, .*the last reload failed: .*broken on purpose/,
    )
    expect(await ask(nunicorn, '/ok')).toBe('ok')
  })

  it('is told why the first boot failed, and never that it is ready', async () => {
    await using project = await createProject({ 'app.mjs': 'throw new Error("broken on purpose")' })
    await using receiver = await receiveNotifications(way.path(project))
    await using nunicorn = way.start(project, receiver)
    expect(await nunicorn.exited).toBe(3)
    await receiver.messages.waitFor(/^STOPPING=1 /)
    await receiver.messages.waitFor(/^STATUS=.*broken on purpose/)
    expect(receiver.messages.lines.join()).not.toContain('READY=1')
  })

  it('gets signs of life while a worker is well, and none while all are blocked', async () => {
    await using project = await createProject({ 'app.mjs': patientApp, go: '' })
    await using receiver = await receiveNotifications(way.path(project))
    const { messages, times } = receiver
    const watchdogMs = 2_400
    const env = { WATCHDOG_USEC: String(watchdogMs * 1_000) }
    await using nunicorn = way.start(project, receiver, env, ['-w', '1', '--timeout', '60s'])
    await messages.waitFor(/WATCHDOG=1/, { count: 3 })
    const isSign = (line: string): boolean => line.includes('WATCHDOG=1')
    const held = ask(nunicorn, '/hold')
    await messages.waitFor(/STATUS=0\/1 workers/)
    const count = messages.lines.filter(isSign).length
    const silence = (): number =>
      performance.now() - (times[messages.lines.findLastIndex(isSign)] ?? 0)
    // What a service manager waits for before it starts the service anew.
    await until(() => silence() > watchdogMs)
    expect(messages.lines.filter(isSign).length).toBe(count)
    await project.write('go-on', '')
    await messages.waitFor(/WATCHDOG=1/, { count: count + 1 })
    expect(await held).toBe('nothing')
  })

  it('is asked for time again and again while a slow request is finished', async () => {
    await using project = await createProject({ 'app.mjs': patientApp, go: '' })
    await using receiver = await receiveNotifications(way.path(project))
    await using nunicorn = way.start(project, receiver)
    await nunicorn.ready(2)
    const { host, port } = await nunicorn.address()
    const asked = request({ host, port, path: '/slow', agent: false }).end()
    const [response] = await once(asked, 'response')
    nunicorn.signal('SIGTERM')
    await receiver.messages.waitFor(/^STOPPING=1 .*EXTEND_TIMEOUT_USEC=15000000/)
    await receiver.messages.waitFor(/^EXTEND_TIMEOUT_USEC=15000000/)
    await project.write('go-on', '')
    expect(await text(response)).toBe('begun nothing')
    expect(await nunicorn.exited).toBe(0)
  })
})

describe.skipIf(!isThere('python3'))('a service manager that cannot be told', () => {
  it('is warned of once, and the service goes on', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = startNunicorn({
      directory: project.directory,
      args,
      env: { NOTIFY_SOCKET: project.path('nobody.sock'), PATH: '/nonexistent' },
    })
    await nunicorn.log.waitFor(/WARNING.*cannot be told.*ENOENT.*OpenFile=/)
    await nunicorn.ready(2)
    nunicorn.signal('SIGHUP')
    await nunicorn.log.waitFor(/Reloaded/)
    expect(await ask(nunicorn, '/ok')).toBe('ok')
    expect(nunicorn.log.lines.filter((line) => line.includes('cannot be told')).length).toBe(1)
    nunicorn.signal('SIGTERM')
    expect(await nunicorn.exited).toBe(0)
  })

  it('that has set a watchdog for another process gets no signs of life from this one', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using receiver = await receiveNotifications(project.path('notify.sock'))
    await using nunicorn = viaDescriptor.start(project, receiver)
    await nunicorn.ready(2)
    nunicorn.signal('SIGTERM')
    expect(await nunicorn.exited).toBe(0)
    expect(receiver.messages.lines.join()).not.toContain('WATCHDOG')
  })
})

async function ask(nunicorn: Nunicorn, path: string): Promise<string> {
  const { host, port } = await nunicorn.address()
  const asked = request({ host, port, path, agent: false }).end()
  const [response] = await once(asked, 'response')
  return await text(response)
}

function monotonicUsec(): number {
  return Number(process.hrtime.bigint() / 1_000n)
}

function isThere(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
