import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { get } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import { describe, expect, it } from 'vitest'

import { appSource } from './support/app.ts'
import { type Nunicorn, startNunicorn, titleOf } from './support/nunicorn.ts'
import { createProject } from './support/project.ts'
import { until } from './support/until.ts'

const spinsAtImport = 'while (true);'
/** The first worker to come hangs, the others do not. */
const firstOneSpins = `
import { mkdirSync } from 'node:fs'
let first = true
try { mkdirSync('seen') } catch { first = false }
if (first) spinForEver()
`

function fetchText(
  at: { readonly host: string; readonly port: number },
  path: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ ...at, path, agent: false }, async (answer) => {
      answer.setEncoding('utf8')
      let text = ''
      for await (const chunk of answer) text += chunk as string
      resolve(text)
    }).on('error', reject)
  })
}

/** Sends a request and leaves it to itself. */
async function send(
  at: { readonly host: string; readonly port: number },
  path: string,
): Promise<Socket> {
  const socket = connect(at)
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(`GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`)
  return socket
}

async function elapsed(nunicorn: Nunicorn): Promise<number> {
  const from = performance.now()
  await nunicorn.exited
  return performance.now() - from
}

/** The worker that uses all the CPU it can get. */
async function findSpinning(pids: readonly number[]): Promise<number | undefined> {
  const before = pids.map(cpuTicks)
  await sleep(50)
  return pids.find((pid, index) => cpuTicks(pid) - (before[index] ?? 0) >= 3)
}

function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return Number(fields[11]) + Number(fields[12])
}

describe('the processes', () => {
  it('say what they are, and the arbiter has no children but its workers', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = startNunicorn({
      directory: project.directory,
      args: ['app.mjs', '-w', '2', '-b', '127.0.0.1:0', '-n', 'shop'],
    })
    await nunicorn.ready(2)
    expect(titleOf(nunicorn.pid)).toBe('nunicorn: arbiter [shop]')
    expect(nunicorn.workers().map(titleOf).sort()).toEqual([
      'nunicorn: worker 1 [shop]',
      'nunicorn: worker 2 [shop]',
    ])
  })

  it('print the address, the pids and the worker class', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = startNunicorn({
      directory: project.directory,
      args: ['app.mjs', '-w', '1', '-b', '127.0.0.1:0'],
    })
    const { port } = await nunicorn.address()
    await nunicorn.ready(1)
    const text = nunicorn.log.lines.join('\n')
    expect(text).toContain(`Listening at: http://127.0.0.1:${port} (${nunicorn.pid})`)
    expect(text).toContain('Using worker class: http')
    expect(text).toContain(`Worker 1 (pid ${nunicorn.workers()[0]}) is ready`)
  })

  it('serve on every address, a Unix socket too', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    const args = ['app.mjs', '-w', '2', '-b', '127.0.0.1:0', '-b', 'unix:app.sock', '-b', '[::1]:0']
    await using nunicorn = startNunicorn({ directory: project.directory, args })
    await nunicorn.ready(2)
    const [, v6port = ''] = await nunicorn.log.waitFor(/Listening at: http:\/\/\[::1\]:(\d+)/)
    expect(await fetchText(await nunicorn.address(), '/ok')).toBe('ok')
    expect(await fetchText({ host: '::1', port: Number(v6port) }, '/ok')).toBe('ok')
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
    get({ socketPath: project.path('app.sock'), path: '/ok', agent: false }, (answer) =>
      resolve(answer.resume().statusCode),
    ).on('error', reject)
    expect(await promise).toBe(200)
  })

  it('refuse connections until the first worker is ready', async () => {
    await using project = await createProject({
      'app.mjs': appSource({
        boot: `await new Promise((resolve) => process.once('SIGCONT', resolve))`,
      }),
    })
    // A fixed port must be known before anything is printed: take one that was free a moment ago.
    const probe = createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    const { port } = probe.address() as { port: number }
    probe.close()
    await once(probe, 'close')
    await using nunicorn = startNunicorn({
      directory: project.directory,
      args: ['app.mjs', '-w', '1', '-b', `127.0.0.1:${port}`],
    })
    await until(() =>
      nunicorn
        .workers()
        .map(titleOf)
        .some((title) => title.startsWith('nunicorn: worker')),
    )
    await expect(fetchText({ host: '127.0.0.1', port }, '/ok')).rejects.toThrow('ECONNREFUSED')
    await until(() => {
      for (const pid of nunicorn.workers()) process.kill(pid, 'SIGCONT')
      return nunicorn.log.lines.some((line) => line.includes('is ready'))
    })
    expect(await fetchText({ host: '127.0.0.1', port }, '/ok')).toBe('ok')
  })
})

describe('stopping', () => {
  it('TERM ends an idle service at once with 0 and leaves nothing behind', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = startNunicorn({
      directory: project.directory,
      args: ['app.mjs', '-w', '2', '-b', 'unix:app.sock', '-p', 'pid'],
    })
    await nunicorn.ready(2)
    nunicorn.signal('SIGTERM')
    expect(await elapsed(nunicorn)).toBeLessThan(1_000)
    expect(await nunicorn.exited).toBe(0)
    expect(existsSync(project.path('pid')) || existsSync(project.path('app.sock'))).toBe(false)
    expect(nunicorn.log.lines.filter((line) => /ERROR|WARNING/.test(line))).toEqual([])
  })

  it('TERM during the first boot ends it within 2 s, even if the boot hangs', async () => {
    await using project = await createProject({ 'app.mjs': appSource({ boot: spinsAtImport }) })
    await using nunicorn = startNunicorn({
      directory: project.directory,
      args: ['app.mjs', '-w', '2', '-b', '127.0.0.1:0'],
    })
    await until(() => nunicorn.workers().length === 2)
    nunicorn.signal('SIGTERM')
    expect(await elapsed(nunicorn)).toBeLessThan(2_000)
    expect(await nunicorn.exited).toBe(0)
  })

  it.each([
    ['TERM twice forces the end', ['SIGTERM', 'SIGTERM'], 143],
    ['TERM, then INT makes it quick', ['SIGTERM', 'SIGINT'], 0],
    ['INT alone is quick', ['SIGINT'], 0],
    ['QUIT alone is quick', ['SIGQUIT'], 0],
    ['INT twice forces the end', ['SIGINT', 'SIGINT'], 130],
    ['INT, then the TERM of a wrapper stays quick', ['SIGINT', 'SIGTERM'], 0],
  ] as const)('%s', async (_, signals, code) => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = startNunicorn({
      directory: project.directory,
      args: ['app.mjs', '-w', '2', '-b', '127.0.0.1:0'],
    })
    await nunicorn.ready(2)
    await using _held = await send(await nunicorn.address(), '/sleep?ms=60000')
    await until(async () => (await fetchText(await nunicorn.address(), '/ok')) === 'ok')
    for (const signal of signals) {
      nunicorn.signal(signal)
      await nunicorn.log.waitFor(/Stopping/)
      // A signal that comes at once again counts as the same one.
      await sleep(100)
    }
    expect(await elapsed(nunicorn)).toBeLessThan(3_000)
    expect(await nunicorn.exited).toBe(code)
  })

  it('names what it had to cut at the deadline', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    const args = ['app.mjs', '-w', '1', '-b', '127.0.0.1:0', '--graceful-timeout', '500ms']
    await using nunicorn = startNunicorn({ directory: project.directory, args })
    await nunicorn.ready(1)
    await using _held = await send(await nunicorn.address(), '/sleep?ms=60000')
    await fetchText(await nunicorn.address(), '/ok')
    nunicorn.signal('SIGTERM')
    expect(await nunicorn.exited).toBe(0)
    await nunicorn.log.waitFor(/had to cut at its deadline: GET \/sleep\?ms=60000/)
  })

  it('waits for background jobs and runs the close hooks', async () => {
    const api = new URL('../../worker/dist/index.js', import.meta.url).href
    const boot = `
import { onClose, waitUntil } from ${JSON.stringify(api)}
onClose(() => console.error('hook 1'))
onClose(() => console.error('hook 2'))
`
    const later = `(_, response) => {
    waitUntil(sleep(700).then(() => console.error('job done')))
    response.end('accepted')
  }`
    const source = appSource({ boot }).replace('() => spinForEver()', later)
    await using project = await createProject({ 'app.mjs': source })
    await using nunicorn = startNunicorn({
      directory: project.directory,
      args: ['app.mjs', '-w', '1', '-b', '127.0.0.1:0'],
    })
    expect(await fetchText(await nunicorn.address(), '/block')).toBe('accepted')
    nunicorn.signal('SIGTERM')
    expect(await nunicorn.exited).toBe(0)
    await nunicorn.closed
    expect(nunicorn.log.lines.filter((line) => /^(job done|hook \d)$/.test(line))).toEqual([
      'job done',
      'hook 2',
      'hook 1',
    ])
  })
})

describe('a worker that hangs while it imports the app', () => {
  it('is found after boot-timeout, with its stack, and replaced if others serve', async () => {
    await using project = await createProject({ 'app.mjs': appSource({ boot: firstOneSpins }) })
    const args = ['app.mjs', '-w', '2', '-b', '127.0.0.1:0', '--boot-timeout', '1500ms']
    await using nunicorn = startNunicorn({ directory: project.directory, args })
    await nunicorn.log.waitFor(/not ready within boot-timeout and was spinning, in:/)
    await nunicorn.log.waitFor(/at spinForEver \(.*app\.mjs:\d+:\d+\)/)
    await nunicorn.ready(2)
  })

  it('ends the very first start with 3 if nobody serves', async () => {
    await using project = await createProject({ 'app.mjs': appSource({ boot: spinsAtImport }) })
    const args = ['app.mjs', '-w', '2', '-b', '127.0.0.1:0', '--boot-timeout', '1s']
    await using nunicorn = startNunicorn({ directory: project.directory, args })
    expect(await nunicorn.exited).toBe(3)
    await nunicorn.log.waitFor(/The app cannot be started.*boot-timeout.*spinning/)
  })
})

describe('an arbiter that is killed', () => {
  it('leaves healthy workers to finish, and a spinning one dies within 2 s; the port is free again', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = startNunicorn({
      directory: project.directory,
      args: ['app.mjs', '-w', '2', '-b', '127.0.0.1:0'],
    })
    await nunicorn.ready(2)
    const at = await nunicorn.address()
    const workers = nunicorn.workers()
    await using _spins = await send(at, '/block')
    const spinning = await until(async () => (await findSpinning(workers)) ?? false)
    const answer = fetchText(at, '/sleep?ms=1200')
    await fetchText(at, '/ok')
    nunicorn.signal('SIGKILL')
    const killedAt = performance.now()
    await nunicorn.exited
    await until(() => titleOf(spinning) === '')
    expect(performance.now() - killedAt).toBeLessThan(2_000)
    expect(await answer).toBe('slept')
    await until(() => workers.every((pid) => titleOf(pid) === ''))
    await using again = startNunicorn({
      directory: project.directory,
      args: ['app.mjs', '-w', '1', '-b', `127.0.0.1:${at.port}`],
    })
    await again.ready(1)
  })
})
